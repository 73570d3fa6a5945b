// SPDX-License-Identifier: MIT

extension Analytics {
    /// Stores everything that was called, safe from a power cut, and begins to deliver.
    ///
    /// It returns at once.
    public func flush() { runtime.post(.flush(nil, delivers: true)) }

    /// Stores and delivers like ``flush()``, and waits until everything is delivered,
    /// nothing more can be delivered in time, or the time is over.
    ///
    /// It does not wait in vain: when each destination with events left makes its next attempt
    /// after the end of the wait (the server named a time, or an attempt failed), it returns at
    /// once, with that time in ``FlushReport/nextAttempt``. A delay after a failure does not
    /// hold for a flush, which tries at once; a time that a server named does.
    ///
    /// From a plugin it would wait for itself: it returns at once and reports
    /// ``FootfallError/Code/wouldDeadlock``.
    ///
    /// - Parameter timeout: The longest wait. It may last a second longer on a busy machine.
    /// - Returns: what was delivered, and why not the rest.
    public func flush(timeout: Duration) -> FlushReport {
        beginFlush(timeout: timeout, isShown: false).wait() ?? FlushReport()
    }

    /// Stores everything that was called, and begins a flush that the caller can watch.
    ///
    /// - Parameters:
    ///   - scope: What the caller waits for.
    ///   - isShown: Whether the caller reads ``FlushCall/standing``, which costs a look at the
    ///     store each second.
    package func beginFlush(
        timeout: Duration, of scope: FlushCall.Scope = .allEvents, isShown: Bool = true
    ) -> FlushCall {
        guard !runtime.isOnPipelineThread else {
            let error = FootfallError(.wouldDeadlock, "flush(timeout:) was called from a plugin; call flush() there")
            runtime.report(error)
            return FlushCall(ended: FlushReport(problem: error.message))
        }
        let clock = runtime.configuration.clock
        let begin = clock.boot()
        guard !runtime.isSilent else { return FlushCall(ended: FlushReport()) }
        let start = runtime.uploader.beginFlush()
        // Calls that took longer are in the spool; the report still has its numbers.
        let unstored = store(timeout: timeout)
        if let unstored, unstored != .overdue { return FlushCall(ended: FlushReport(problem: unstored.message)) }
        let left = max(timeout - .nanoseconds(clock.boot() - begin), .zero)
        let latest = isShown ? LatestReport() : nil
        let events: [Int64]? =
            switch scope {
            case .allEvents: nil
            case .lastEvent: runtime.statistics.lastEvent.map { [$0] } ?? []
            }
        let reply = runtime.uploader.flush(within: left, for: events, latest: latest, start: start)
        return FlushCall(reply, latest: latest, timeout: timeout, left: left, unstored: unstored)
    }

    /// As ``store(timeout:)``, but a store in memory does not count.
    package func storeOnDisk(timeout: Duration) -> FootfallError? {
        store(timeout: timeout) ?? (keepsInMemory ? .inMemory : nil)
    }

    /// Whether the events are in no file, since the state directory cannot be used.
    package var keepsInMemory: Bool { !runtime.isSilent && runtime.store.isInMemory }
}
