// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Glibc

extension Analytics {
    /// Whether the user wants nothing to be recorded. It holds for all programs on
    /// the store, and over restarts. From any thread.
    public var isOptedOut: Bool { runtime.isOptedOut }

    /// Records and sends nothing from here on, and removes what is stored: events,
    /// dead letters, sessions and spools. From any thread; it does not wait.
    ///
    /// Requests under way are broken off. Other programs on the store stop within a
    /// tenth of a second where they deliver, else with their next call. A request
    /// of ``forget()`` is still delivered.
    public func optOut() { runtime.optOut() }

    /// Records again; the next event decides afresh whether a session begins.
    public func optIn() { runtime.optIn() }

    /// Asks the destinations to delete what they have of this user, removes what is
    /// stored, and goes on as somebody new. From any thread; it does not wait.
    ///
    /// The request is kept until it is delivered, over restarts and after
    /// ``optOut()``. Destinations that know no such request are left out: see
    /// ``DestinationPlugin/takesDeletions``.
    public func forget() { runtime.forget() }
}

extension Runtime {
    /// What the body of a deletion request begins with.
    static let deletionMark = "{\"type\":\"delete\""

    func optOut() {
        guard !isSilent else { return }
        purgeDueFlag.store(true, ordering: .sequentiallyConsistent)
        optedOutFlag.store(true, ordering: .sequentiallyConsistent)
        // What it says survives even where the directory was not there yet.
        try? directory.create()
        let mark = footfall_open(directory.optedOut, O_WRONLY | O_CREAT)
        if mark >= 0 { Glibc.close(mark) }
        uploader.breakOff()
        post(.purge)
    }

    func optIn() {
        guard !isSilent else { return }
        unlink(directory.optedOut)
        optedOutFlag.store(false, ordering: .sequentiallyConsistent)
        uploader.touchWakeFile()
    }

    /// Another process may have changed it. True when this one must stop now.
    @discardableResult
    func lookAtConsent() -> Bool {
        let isOut = access(directory.optedOut, F_OK) == 0
        let wasOut = optedOutFlag.exchange(isOut, ordering: .sequentiallyConsistent)
        guard isOut, !wasOut else { return false }
        purgeDueFlag.store(true, ordering: .sequentiallyConsistent)
        uploader.breakOff()
        post(.purge)
        return true
    }

    func forget() {
        guard !isSilent else { return }
        let identity = mailbox.currentIdentity
        var request = JSONObject([
            ("type", "delete"), ("messageId", .string(UUIDv4.random().description)),
            ("timestamp", .string(configuration.clock.wall().description)),
            ("anonymousId", .string(identity.anonymousId)),
        ])
        if let userId = identity.userId { request["userId"] = .string(userId) }
        request["context"] = [
            "library": ["name": .string(FootfallVersion.name), "version": .string(FootfallVersion.current)]
        ]
        ensureStarted()
        post(.forget(request))
        mailbox.reset(anonymousId: nil)
        if mailboxUsesSpool { writeIdentityFile() }
    }
}
