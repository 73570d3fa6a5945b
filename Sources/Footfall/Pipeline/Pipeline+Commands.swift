// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc

// Wishes that are no events.
extension Pipeline {
    func run(_ command: Command) {
        switch command {
        case .add(let plugin, let id):
            if let destination = plugin as? any DestinationPlugin {
                guard isNew(destination) else { return }
                settleDestinations()
            }
            timeline.add(plugin, id: id)
            if let analytics = runtime.analytics { plugin.configure(analytics: analytics) }
            if let plugin = plugin as? any StartPlugin { start(plugin) }
            if plugin is any DestinationPlugin { settleDestinations() }
        case .remove(let id):
            // What it has begun to decide is decided with it.
            let decides = timeline.find(id: id) is any TransactionPlugin
            if decides { commit() }
            guard let plugin = timeline.remove(id: id) else { return }
            if let destination = plugin as? any DestinationPlugin {
                commit()
                routes.remove(destination.name)
            }
            plugin.shutdown()
            // Nobody would end the visit.
            if decides { runtime.mailbox.forgetVisitor() }
        case .application(let change, let moment): take(change, moment)
        case .session(let request, let moment): take(request, moment)
        case .clockConfirmed(let offset): confirmClock(offset)
        case .look: if hasStore { takeTime() }
        case .wipe: erasing.begin(at: clock.boot())
        case .erase(let visitCalls): erase(visitCalls: visitCalls)
        case .forget(let request, let visitCalls): forget(request, visitCalls: visitCalls)
        case .inspect(let body): body(timeline)
        case .flush(let reply, let delivers):
            timeline.forEachEventPlugin { $0.flush() }
            let isErased = !runtime.consent.isEraseDue || eraseStore()
            let isStored = commit(durably: true) && isErased
            if delivers { runtime.uploader.flush() }
            guard let reply else { return }
            // Busy: it is tried again at once; whoever asks has a time of his own.
            isStored || retryAt != 0 ? reply.fulfil(isStored ? nil : lastError) : pendingReplies.append(reply)
        case .store(let events, let reply): reply.fulfil(store(events))
        case .rehearse(let event, let reply): reply.fulfil(rehearse(event))
        case .close(let reply):
            isClosing = reply
            take(.willTerminate, clock.moment)
            if commit(durably: true) { end(reply) }
        }
    }

    /// The same while the store refuses a batch that came before.
    func runRefused(_ command: Command) {
        switch command {
        case .flush(let reply, let delivers):
            if delivers { runtime.uploader.flush() }
            reply?.fulfil(lastError)
        case .store(_, let reply):
            var report = BatchReport()
            report.error = lastError
            reply.fulfil(report)
        case .close(let reply): end(reply, isStored: false)
        // The next answer says it again.
        case .clockConfirmed: runtime.uploader.clockIsKnown(false)
        case .look, .wipe: break
        case .inspect, .rehearse, .add, .remove, .application, .session, .erase, .forget: run(command)
        }
    }

    /// A new destination takes what comes from here on, so what came before
    /// is stored first.
    private func settleDestinations() {
        guard commit() else { return }
        do throws(StoreError) {
            try routes.register(timeline.destinations)
        } catch {
            routes.report(unregistered: error)
        }
    }

    /// A name is a destination's identity: two would be one in the store.
    private func isNew(_ destination: any DestinationPlugin) -> Bool {
        guard timeline.destinations.count < Limits.destinations else {
            runtime.report(
                FootfallError(
                    .invalidConfiguration,
                    "the destination \(destination.name) is one too many and was not added: a store has room for \(Limits.destinations)"
                ))
            return false
        }
        guard timeline.destinations.contains(where: { $0.name.isIdentical(to: destination.name) }) else { return true }
        runtime.report(
            FootfallError(
                .invalidConfiguration,
                "a destination called \(destination.name) is there already; give this one another name"))
        return false
    }

    private func store(_ events: [Event]) -> BatchReport {
        var report = BatchReport()
        guard commitPatiently() else {
            report.error = lastError
            return report
        }
        batch.mayEvict = false
        batchRejects = []
        for (index, event) in events.enumerated() { take(event, [], batchIndex: index) }
        guard commitPatiently() else {
            // The caller hears that nothing is stored, so nothing may be later.
            report.error = lastError
            emptyBatch()
            retryAt = nil
            return report
        }
        if lastOutcome?.isFull == true {
            report.isFull = true
            emptyBatch()
            return report
        }
        report.stored = lastOutcome?.stored ?? 0
        report.rejected = batchRejects + (lastOutcome?.tooLarge ?? []).map { ($0, .tooLarge) }
        return report
    }

    /// Another process may have the store for a while.
    private func commitPatiently() -> Bool {
        for _ in 0..<6 {
            if commit() { return true }
            // 0: it was busy for five seconds.
            guard retryAt == 0 else { return false }
        }
        return false
    }

    private func rehearse(_ event: Event) -> [String] {
        guard let prepared = runner.prepare(event, []) else { return [] }
        var item = writer.item(prepared, hasPlugin: true)
        plan(&item)
        let rehearsed = writer.rehearse(item, gate: runtime.gate, plugin: runner.transactionPlugin, hasStore: hasStore)
        return rehearsed.map(\.jsonText)
    }

    private var hasStore: Bool { access(runtime.directory.database, F_OK) == 0 }

    /// - Parameter isStored: Whether everything that was taken is in the store.
    func end(_ reply: Reply<Bool>, isStored: Bool = true) {
        // Otherwise the next process has to finish the wiping.
        if eraseTime != .max { goOnErasing(.max - 1) }
        for (_, plugin) in timeline.plugins { plugin.shutdown() }
        isEnded = true
        releaseDelivered()
        let id = runtime.mailbox.spoolID
        let isEmpty = runtime.mailbox.removeSpool()
        if isEmpty, let id {
            // A mark that stays is only a row too many.
            try? runtime.gate.withStore { (store) throws(StoreError) in
                try store.transaction { (_) throws(StoreError) in try store.spools.remove(id) }
            }
        }
        reply.fulfil(isEmpty && isStored && forgetRequests.isEmpty && hasNothingInMemory)
    }
}
