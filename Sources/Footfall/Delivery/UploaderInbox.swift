// SPDX-License-Identifier: MIT

/// What other threads leave for the uploader's thread until its next turn.
struct UploaderInbox {
    /// A destination as its plugin was added.
    struct Registration {
        let name: String
        /// Its bit in the store.
        let id: Int64
        let delivery: any Delivery
    }

    private(set) var added: [Registration]
    private(set) var removed: [String] = []
    /// The events that wait for each destination, as the last commit said.
    var queued: [Int64: Int64]?
    var isFlushWanted = false
    var waiters: [FlushWaiters.Waiter] = []
    /// Flushes that begin.
    var starts: [FlushStart.Entry] = []
    var isStopping = false
    /// Whether stored events were moved to their right time, or could not be.
    var isClockKnown: Bool?
    var networkUse: NetworkUse?
    /// The user wants nothing to be sent that was stored so far.
    var breaksOff = false
    /// The events of the requests under way were removed.
    var givesUpRequests = false
    /// The host changed when events are delivered; see ``RunTimeSettings``.
    var scheduleChanged = false
    /// The host changed ``Analytics/isEnabled``.
    var enabledChanged = false

    init(added: [Registration] = [], networkUse: NetworkUse? = nil) {
        self.added = added
        self.networkUse = networkUse
    }

    mutating func add(_ registration: Registration) { added.append(registration) }

    /// A destination that was added and removed since the last turn is never seen.
    mutating func remove(name: String) {
        removed.append(name)
        added.removeAll { $0.name.isIdentical(to: name) }
    }

    /// Empties the inbox.
    mutating func takeAll() -> UploaderInbox {
        defer { self = UploaderInbox() }
        return self
    }
}
