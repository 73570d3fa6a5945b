// SPDX-License-Identifier: MIT

/// Why a visit ended.
public struct VisitEndReason: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { self.init(rawValue: value) }

    /// The visitor did what there was to do.
    public static let completed: VisitEndReason = "completed"
    /// The visitor gave up.
    public static let cancelled: VisitEndReason = "cancelled"
    /// Nobody touched the device for the session's limit, or it was restarted.
    public static let timeout: VisitEndReason = "timeout"
    /// Another visit began.
    public static let superseded: VisitEndReason = "superseded"
    /// The host called `reset()`.
    public static let reset: VisitEndReason = "reset"
}

/// Visits of a shared device, such as a kiosk: each visitor is a session of its
/// own, under an anonymousId that no other visit has.
///
/// It needs the session plugin. All its methods may be called from any thread,
/// return at once, and count from their place among the other calls.
///
/// ```swift
/// analytics.visitor.begin()                      // somebody touches the screen
/// analytics.track(name: "Ticket Printed")        // opens the session
/// analytics.visitor.end(reason: .completed)      // or the idle timer does it
/// ```
///
/// A visit's beginning is no event: its session starts with the first event that
/// is an interaction (not marked `nonInteraction: true`). A visit without any is
/// counted and leaves nothing else. Its anonymousId is never written to the
/// identity's file, and what is identified in it is forgotten with it;
/// `context.device.id` stays as it is.
public struct Visitor: Sendable {
    let runtime: Runtime

    /// Somebody is there. A visit that has not ended is ended as `superseded`.
    public func begin() { runtime.post(visit: .begin(anonymousId: "")) }

    /// The visitor is gone. Nothing without a visit.
    public func end(reason: VisitEndReason = .completed) { runtime.post(visit: .end(anonymousId: nil, reason: reason)) }

    /// Idleness does not end the visit from here on: a film is playing. It holds
    /// for at most four hours, and until the next boot.
    public func pauseIdle() { runtime.post(visit: .pause(isOn: true)) }

    /// Idleness counts again, from here on.
    public func resumeIdle() { runtime.post(visit: .pause(isOn: false)) }

    /// What is shown now attracts passers-by: until ``begin()``, ``endAttract()``
    /// or the next boot, events open no session and are marked
    /// `nonInteraction: true`.
    public func beginAttract() { runtime.post(visit: .attract(isOn: true)) }

    /// Events count as use again.
    public func endAttract() { runtime.post(visit: .attract(isOn: false)) }

    /// The anonymousId of the visit; `nil` without one. What another process began
    /// is seen a moment later.
    public var id: String? { runtime.mailbox.currentVisitor?.anonymousId }
}

extension Analytics {
    /// Visits of a shared device; see ``Visitor``.
    public var visitor: Visitor { Visitor(runtime: runtime) }

    /// For the session plugin: who events are to be stamped as, as of the calls
    /// that were stored; `nil` outside of visits.
    @_spi(Sessions)
    public func publish(visitor: (anonymousId: String, userId: String?)?) {
        runtime.mailbox.adopt(visitor: visitor, asOf: runtime.pipeline.visitCalls)
    }

    /// For the session plugin: who events are of outside of visits.
    @_spi(Sessions)
    public var installation: (anonymousId: String, userId: String?) {
        let identity = runtime.mailbox.installation
        return (identity.anonymousId, identity.userId)
    }
}
