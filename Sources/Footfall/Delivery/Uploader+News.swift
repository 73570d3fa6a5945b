// SPDX-License-Identifier: MIT

// What other threads tell the uploader's thread. From any thread.
extension Uploader {
    /// The pipeline moved stored events to their right time, or could not.
    func clockIsKnown(_ isKnown: Bool) { tell { $0.isClockKnown = isKnown } }

    func setNetworkUse(_ use: NetworkUse) { tell { $0.networkUse = use } }

    /// The user wants nothing to be sent that was stored so far: requests are given up.
    func breakOff() { tell { $0.breaksOff = true } }

    /// The events of the requests under way were removed.
    func giveUpRequests() { tell { $0.givesUpRequests = true } }

    /// The host changed when events are delivered; see ``RunTimeSettings``.
    func scheduleChanged() { tell { $0.scheduleChanged = true } }

    /// The host changed ``Analytics/isEnabled``.
    func enabledChanged() { tell { $0.enabledChanged = true } }

    /// Ends the thread. Requests are given up, their events stay stored.
    func stop() { tell { $0.isStopping = true } }

    /// After ``stop()``: waits until what the destinations answered is in the store, and then up to 20 ms for the
    /// end of the thread. Not on the uploader's thread.
    ///
    /// - Parameter limit: The longest wait.
    func waitForEnd(atMost limit: Duration) {
        guard Polling.wait(atMost: limit, { hasSettled }) else { return }
        Polling.wait(atMost: min(limit, Limits.exitWait)) { hasEnded }
    }
}
