// SPDX-License-Identifier: MIT
import FootfallStore

// What the host may change while the client runs.
extension Analytics {
    /// Whether the client records and delivers. The default is true.
    ///
    /// While it is false, calls are not recorded (``Counters/dropped`` counts the events, reason
    /// ``DropReason/disabled``), plugins make no events, no session begins or ends, and this
    /// process sends nothing. What was recorded before is stored and stays. When it is true again,
    /// everything goes on; plugins that have not started yet do so then.
    ///
    /// ``reset()`` takes effect all the same. The value holds for this client and its forked
    /// children, and not over restarts: for a user's wish there is ``optOut()``. Other processes
    /// on the store go on, and deliver what this one stored.
    public var isEnabled: Bool {
        get { runtime.settings.isEnabled }
        set { runtime.setEnabled(newValue) }
    }

    /// How many events of a destination start a delivery; at least 1.
    ///
    /// It begins with the value of ``Configuration/flushAt(_:)``. Events that wait already count.
    public var flushAt: Int {
        get { runtime.settings.flushAt }
        set {
            runtime.settings.flushAt = newValue
            runtime.uploader.scheduleChanged()
        }
    }

    /// How long an event waits for others before it is delivered. Zero delivers only by
    /// ``flushAt`` and by flush.
    ///
    /// It begins with the value of ``Configuration/flushInterval(_:)``. It counts from when the
    /// oldest event began to wait.
    public var flushInterval: Duration {
        get { .nanoseconds(runtime.settings.flushInterval) }
        set {
            runtime.settings.flushInterval = newValue.nanoseconds
            runtime.uploader.scheduleChanged()
        }
    }

    /// How many events wait to be delivered: those that are not stored yet, and those in the store
    /// that a destination has neither taken nor refused.
    ///
    /// It does not look at the store, so it does not know what other processes did since this one
    /// stored or delivered something. Before this client has opened the store, it counts its own
    /// calls only. It may be a few events too high while a batch is being stored.
    public var pendingCount: Int { runtime.mailbox.pendingEvents + runtime.statistics.pending }

    /// Removes the events that wait: those that were called so far, and all others in the store.
    /// They count as dropped, reason ``DropReason/purged``.
    ///
    /// Identity and session stay, and so do dead letters, events that left the chain (`held` in
    /// `footfall status`), and requests of ``forget()``. Events that other processes on the store
    /// recorded are removed as well, except those that they have not stored yet. An event that is
    /// being sent at that moment may arrive.
    ///
    /// It returns at once. While the store cannot be written, the events are removed once it can be.
    public func purge() { runtime.post(.purge) }

    /// Gives a destination events again, after ``disableIntegration(_:)``.
    ///
    /// - Parameter key: The destination's key in `integrations`, as `Segment.io`.
    public func enableIntegration(_ key: String) { runtime.post(.integration(key, isEnabled: true)) }

    /// Gives a destination of this client no further events. Those that wait for it are delivered.
    ///
    /// It holds for the events that are called from here on, whatever their `integrations` say,
    /// until ``enableIntegration(_:)`` and not over restarts. A destination with this key that is
    /// added later gets no events either. Events that no other destination takes are dropped,
    /// reason ``DropReason/unrouted``.
    ///
    /// - Parameter key: The destination's key in `integrations`, as `Segment.io`. A key that no
    ///   destination of this client has changes nothing.
    public func disableIntegration(_ key: String) { runtime.post(.integration(key, isEnabled: false)) }
}

extension Runtime {
    func setEnabled(_ isEnabled: Bool) {
        guard settings.setEnabled(isEnabled) else { return }
        // Both read the value when they come to it, so two threads that change it at once
        // leave them with the last one.
        post(.settingsChanged)
        uploader.enabledChanged()
    }

    /// The host called while the client is disabled. It is counted for this process only: the
    /// store is left alone.
    func refuseCall() { statistics.count(stored: 0, drops: [.disabled: 1]) }
}
