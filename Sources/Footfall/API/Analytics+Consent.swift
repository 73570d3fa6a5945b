// SPDX-License-Identifier: MIT
import FootfallStore

extension Analytics {
    /// Whether the user wants nothing to be recorded. It holds for all programs on
    /// the store, and over restarts. From any thread.
    public var isOptedOut: Bool { runtime.consent.isOptedOut }

    /// Records and sends nothing from here on, and removes what is stored: events,
    /// dead letters, sessions, spools and the identity.
    ///
    /// Requests under way are broken off. Other programs on the store stop within a
    /// tenth of a second where they deliver, else with their next call. A request
    /// of ``forget()`` is still delivered. From any thread; it does not wait.
    ///
    /// This process records nothing until ``optIn()``, even where the directory
    /// cannot remember the opt-out (a full or read-only disk): that is reported
    /// once as ``FootfallError/Code/consentUnavailable`` and tried again until it
    /// works. A program that starts before that would record again.
    ///
    /// - Returns: whether the directory remembers the opt-out already.
    @discardableResult
    public func optOut() -> Bool { runtime.optOut() }

    /// Records again, with a new identity: later events have another anonymousId, no
    /// userId and no earlier session. From any thread.
    ///
    /// - Returns: false where the directory keeps the opt-out (a read-only disk):
    ///   then nothing is recorded, and why is reported.
    @discardableResult
    public func optIn() -> Bool { runtime.optIn() }

    /// Asks the destinations to delete what they have of this user, removes what is
    /// stored, and goes on with a new identity. From any thread; it does not wait.
    ///
    /// The request is kept until it is delivered, over restarts and after
    /// ``optOut()``. Destinations that know no such request are left out: see
    /// ``DestinationPlugin/takesDeletions``. Other programs on the store get a new
    /// identity as well; their events that are not stored yet are dropped.
    public func forget() { runtime.forget() }
}
