// SPDX-License-Identifier: MIT
import FootfallStore

extension Analytics {
    /// Whether the user opted out: nothing is recorded or sent.
    ///
    /// An opt-out holds for all programs on the store, and over restarts.
    public var isOptedOut: Bool { runtime.consent.isOptedOut }

    /// Whether an event that is called now is recorded.
    ///
    /// False after ``optOut()`` here or in another program on the store, while it cannot be read
    /// whether the user opted out, under `DO_NOT_TRACK`, while ``isEnabled`` is false, and after
    /// ``close(timeout:)``. Other reasons, such as a missing name, concern a single event.
    ///
    /// ```swift
    /// recordingLamp.isOn = analytics.isRecording
    /// ```
    ///
    /// It does not look at the directory: of another program's opt-out it knows from this
    /// client's next call or delivery on.
    public var isRecording: Bool { !runtime.isOptedOut && runtime.settings.isEnabled && !isClosed }

    /// Stops recording and sending, and removes what is stored: events, dead letters,
    /// sessions, spools and the identity.
    ///
    /// Requests under way are broken off. Another program on the store stops within a
    /// tenth of a second if it delivers, and otherwise at its next call. A request of
    /// ``forget()`` is still delivered. The call does not wait for any of this.
    ///
    /// This process records nothing until ``optIn()``, even when the opt-out cannot be
    /// written (a full or read-only disk). That is reported once as
    /// ``FootfallError/Code/consentUnavailable``, and writing is tried again until it
    /// works; until then a program that starts would record again.
    ///
    /// - Returns: whether the opt-out is written to the state directory.
    @discardableResult
    public func optOut() -> Bool { runtime.optOut() }

    /// Records again after ``optOut()``, with a new identity: later events have another
    /// anonymousId, no userId and a new session.
    ///
    /// - Returns: false when the opt-out cannot be removed (a read-only disk). Then
    ///   nothing is recorded, and the reason is reported.
    @discardableResult
    public func optIn() -> Bool { runtime.optIn() }

    /// Asks the destinations to delete what they have of this user, removes what is
    /// stored, and goes on with a new identity.
    ///
    /// The request is kept until it is delivered, over restarts and after ``optOut()``.
    /// Only destinations with ``DestinationPlugin/takesDeletions`` are asked. Other
    /// programs on the store get a new identity too; their events that are not stored yet
    /// are dropped. The call does not wait for any of this.
    ///
    /// After ``optOut()`` the call asks for nothing, since no identity is left, and the opt-out
    /// lasts. To have the user's data deleted as well, call this method before ``optOut()``.
    public func forget() { runtime.forget() }
}
