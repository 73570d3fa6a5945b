// SPDX-License-Identifier: MIT

/// Why a visit ended.
public struct VisitEndReason: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral {
    /// The word that `session_end` carries as `reason`.
    public let rawValue: String
    /// A reason by its word, which may be your own.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// A reason by its word, which may be your own.
    public init(stringLiteral value: String) { self.init(rawValue: value) }

    /// The visitor finished.
    public static let completed: VisitEndReason = "completed"
    /// The visitor gave up.
    public static let cancelled: VisitEndReason = "cancelled"
    /// The device was not touched for the session's limit, or was restarted.
    public static let timeout: VisitEndReason = "timeout"
    /// Another visit began.
    public static let superseded: VisitEndReason = "superseded"
    /// The host called ``Analytics/reset()``.
    public static let reset: VisitEndReason = "reset"
}

/// The visits of a shared device, such as a kiosk. Each visitor has a session of its own
/// and an anonymousId that no other visit has.
///
/// Visits need a session plugin, such as `AmplitudeSession`. The methods may be called
/// from any thread, return at once, and take effect at their place among the other calls.
///
/// ```swift
/// analytics.visitor.begin()                      // the screen is touched
/// analytics.track(name: "Ticket Printed")        // opens the session
/// analytics.visitor.end(reason: .completed)      // or the idle timer ends it
/// ```
///
/// Beginning a visit records no event: the session starts with the first event that is
/// an interaction, that is, not marked `nonInteraction: true`. A visit without an
/// interaction is only counted. The visit's anonymousId is never written to the identity
/// file, and who the visitor said to be is forgotten when the visit ends.
/// `context.device.id` stays the same.
public struct Visitor: Sendable {
    let runtime: Runtime

    /// Begins a visit. A visit that is still open ends as ``VisitEndReason/superseded``.
    public func begin() { runtime.post(visit: .begin(anonymousId: "")) }

    /// Ends the visit. Without a visit it does nothing.
    public func end(reason: VisitEndReason = .completed) { runtime.post(visit: .end(anonymousId: nil, reason: reason)) }

    /// Stops the idle timer, for example while a film plays.
    ///
    /// A pause lasts for four hours at most, and ends with the next boot.
    public func pauseIdle() { runtime.post(visit: .pause(isOn: true)) }

    /// Starts the idle timer again, from zero.
    public func resumeIdle() { runtime.post(visit: .pause(isOn: false)) }

    /// What is shown now attracts passers-by: until ``begin()``, ``endAttract()``
    /// or the next boot, events open no session and are marked
    /// `nonInteraction: true`.
    public func beginAttract() { runtime.post(visit: .attract(isOn: true)) }

    /// Ends attract mode: events open sessions again.
    public func endAttract() { runtime.post(visit: .attract(isOn: false)) }

    /// The anonymousId of the visit; `nil` when no visit is open.
    ///
    /// A visit that another process began is seen a moment later.
    public var id: String? { runtime.mailbox.currentVisitor?.anonymousId }
}

extension Analytics {
    /// The visits of a shared device; see ``Visitor``.
    public var visitor: Visitor { Visitor(runtime: runtime) }

    /// Sets the identity of later events to that of a visitor; `nil` when no visit is open.
    @_spi(Sessions)
    public func publish(visitor: (anonymousId: String, userId: String?)?) {
        runtime.mailbox.adopt(visitor: visitor, asOf: runtime.pipeline.visitCalls)
        runtime.pipeline.runner.observers.set(
            visit: visitor.map { ChangeObservers.Visit(anonymousId: $0.anonymousId, userId: $0.userId) })
    }

    /// The identity of events outside of visits.
    @_spi(Sessions)
    public var installation: (anonymousId: String, userId: String?) {
        let identity = runtime.mailbox.installation
        return (identity.anonymousId, identity.userId)
    }
}
