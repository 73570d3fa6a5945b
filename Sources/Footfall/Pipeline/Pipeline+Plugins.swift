// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore

// What plugins say by themselves.
extension Pipeline {
    /// Events that a plugin made on this thread: they go past the mailbox, so that
    /// nothing that was called later comes before them.
    private func take(own events: [Event]) {
        for event in runtime.mailbox.stamp(own: events) { take(event, []) }
    }

    func takeTimers() {
        let moment = clock.moment
        timeline.forEachTimerPlugin { plugin in
            guard plugin.nextTime <= moment.bootNanoseconds else { return }
            take(own: plugin.timeReached(at: moment))
            if plugin === runner.transactionPlugin { takeTime() }
        }
        commit()
        // A transaction may show that it is not over.
        timeline.lookAtTimers()
    }

    /// Lets a plugin say what comes before everything else.
    func start(_ plugin: any StartPlugin) {
        guard !runtime.configuration.isRehearsal else { return }
        if !hasAdopted { adoptOrphans() }
        do throws(StoreError) {
            let keys = plugin.storedKeys
            let values = try runtime.gate.withStore { (store) throws(StoreError) in
                var values: [String: String] = [:]
                for key in keys { values[key] = try store.keyValue.text(key) }
                return values
            }
            let start = plugin.start(
                values, at: clock.moment)
            take(own: start.events)
            batch.values.merge(start.values) { _, new in new }
            commit()
        } catch {
            // Without knowing what was, it would say wrong things.
            failed(error)
        }
    }

    func take(_ change: ApplicationChange, _ moment: Moment) {
        timeline.forEachApplicationPlugin { take(own: $0.application(change, at: moment)) }
        guard runner.transactionPlugin?.judgesApplication == true, !runtime.isOptedOut else { return }
        var item = PreparedItem()
        item.occurrence = .application(change, corrected(moment))
        plan(&item)
        batch.items.append(item)
    }

    func take(_ request: SessionRequest, _ moment: Moment) {
        guard runner.transactionPlugin != nil, !runtime.isOptedOut else { return }
        let identity = runtime.mailbox.installation
        var item = PreparedItem()
        item.occurrence = .session(
            request, corrected(moment), anonymousId: identity.anonymousId, userId: identity.userId)
        plan(&item)
        batch.items.append(item)
    }

    func take(_ call: VisitCall) {
        guard runner.transactionPlugin != nil, !runtime.isOptedOut else { return runtime.mailbox.forgetVisitor() }
        var call = call
        call.moment = corrected(call.moment)
        var item = PreparedItem()
        item.occurrence = .visit(call)
        plan(&item)
        batch.items.append(item)
    }

    /// Lets the transaction plugin see what is over by now.
    func takeTime() {
        guard runner.transactionPlugin != nil, !runtime.configuration.isRehearsal, !runtime.isOptedOut else { return }
        var item = PreparedItem()
        item.occurrence = .time(corrected(clock.moment))
        plan(&item)
        batch.items.append(item)
    }

    /// While the store refuses a batch nothing more is taken that is to be stored.
    func isServed(_ plugin: any DescriptorPlugin) -> Bool { retryAt == nil || plugin.storesNothing }

    func takeDescriptors() {
        for plugin in timeline.descriptorPlugins
        where isServed(plugin) && footfall_wait_readable_for(plugin.descriptor, 0) == 1 {
            take(own: plugin.descriptorIsReady(at: clock.moment))
            if plugin === runner.transactionPlugin { takeTime() }
            commit(durably: plugin.wantsSync)
            plugin.stored()
        }
        timeline.lookAtTimers()
    }
}
