// SPDX-License-Identifier: MIT
import FootfallStore

// For programs that wait for what becomes of an event, as the command does.
extension Analytics {
    /// Why the state directory cannot be used; `nil` when it can, or is not there yet.
    package var directoryProblem: StoreError? { runtime.directoryProblem }

    /// Why nothing is recorded now; `nil` when events are recorded.
    ///
    /// It looks at the directory: another program may have opted in again. Throws when it
    /// cannot be read whether the user opted out.
    package func refusal() throws(FootfallError) -> DropReason? { try runtime.refusal() }

    /// Records one event past the spool, waits, and tells what became of it. Not from a plugin.
    ///
    /// A full store makes room for it, as for an event of ``process(_:options:enrichments:)``.
    ///
    /// - Parameter limit: The longest wait for other processes. A commit that has begun by then is
    ///   waited for.
    package func record(_ event: Event, timeout limit: Duration) -> RecordingOutcome {
        var event = event
        event.normalize()
        do throws(EventReader.Problem) {
            try event.validate()
        } catch {
            return dropped(.invalid, limit)
        }
        var options = PostOptions()
        options.change = event.identityChange
        options.overridesAnonymousId = !event.anonymousId.isEmpty
        // An identity that no destination would hear of does not become the current one.
        if options.change != .none, EventSize.isTooLarge(event) { return dropped(.tooLarge, limit) }
        do throws(FootfallError) {
            if let reason = try refusal() { return dropped(reason, limit) }
        } catch {
            return .failed(error)
        }
        let reply = Reply<BatchReport>()
        let stamped = runtime.mailbox.stamped(event, options)
        guard runtime.post(.store([stamped], mayEvict: true, reply)) else { return .failed(.closed) }
        if runtime.runsInline { runtime.pipeline.run(for: limit) { reply.current != nil } }
        let answer = reply.wait(atMost: runtime.runsInline ? .zero : limit)
        // A caller that hears of a failure repeats the event: it must not be stored later.
        guard let report = answer ?? reply.giveUp() else { return .failed(.overdue) }
        if let error = report.error { return .failed(error) }
        return report.rejected.first.map { .dropped($0.reason) } ?? .stored
    }

    /// Counts an event that did not become one, in the store as well.
    private func dropped(_ reason: DropReason, _ limit: Duration) -> RecordingOutcome {
        guard !runtime.isSilent else { return .dropped(reason) }
        runtime.countDrop(reason)
        // The event would not be there either if the sum could be stored.
        _ = store(timeout: limit)
        return .dropped(reason)
    }

    /// Stores a batch past the spool and waits; a full store makes no room for it.
    ///
    /// - Parameter values: Set in the key-value store, in the transaction of the events.
    package func store(_ events: sending [Event], values: [String: String] = [:]) -> BatchReport {
        let reply = Reply<BatchReport>()
        var report = BatchReport()
        let stamped = runtime.mailbox.stamp(events)
        guard runtime.post(.store(stamped, mayEvict: false, values: values, reply)), let answer = reply.wait() else {
            report.error = FootfallError(.storeUnavailable, "the client is closed")
            return report
        }
        return answer
    }

    /// The value of a key in the key-value store; `nil` when it has none.
    package func storedValue(_ key: String) throws(StoreError) -> String? {
        try runtime.store.withStore { (store) throws(StoreError) in try store.keyValue.text(key) }
    }

    /// Runs an event through the chain without storing it.
    package func rehearse(_ event: Event) throws(FootfallError) -> Rehearsal {
        if let reason = try refusal() { return .dropped(reason) }
        var event = event
        event.normalize()
        let reply = Reply<Rehearsal>()
        let stamped = runtime.mailbox.stamp([event], isOwn: true)
        guard runtime.post(.rehearse(stamped[0], reply)), let rehearsal = reply.wait() else { throw .closed }
        return rehearsal
    }

    /// Forgets the user as ``forget()`` does, waits until what is stored is removed, and
    /// tells what that was. Not from a plugin.
    ///
    /// - Parameter limit: The longest wait.
    package func forget(timeout limit: Duration) throws(FootfallError) -> ErasureReport {
        let reply = Reply<ErasureReport>()
        runtime.forget(reply)
        if let error = store(timeout: limit) { throw error }
        guard let report = reply.current else { throw .overdue }
        return report
    }
}

extension Runtime {
    /// Why nothing is recorded now; see ``Analytics/refusal()``.
    fileprivate func refusal() throws(FootfallError) -> DropReason? {
        guard !isSilent else { return .optedOut }
        guard consent.isOptedOut else { return nil }
        lookAtConsent()
        guard !consent.isUnknown else {
            let error: Int32 = if case .unreadable(let code) = ConsentFile(directory).read() { code } else { 0 }
            let problem = StoreError.system("reading in \(directory.path) whether the user opted out", error)
            throw FootfallError(.consentUnavailable, "nothing is recorded (\(problem))", underlying: problem)
        }
        return consent.isOptedOut ? .optedOut : nil
    }
}
