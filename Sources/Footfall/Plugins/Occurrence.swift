// SPDX-License-Identifier: MIT

/// Something that a ``TransactionPlugin`` judges, in the order of the calls.
@_spi(Sessions)
public enum Occurrence {
    /// An event is about to be stored.
    case event(Event)
    /// ``Analytics/reset()`` was called.
    case reset(Moment)
    /// The host said that the application is in use, or not.
    case application(ApplicationChange, Moment)
    /// The host called ``Analytics/endSession()`` or ``Analytics/startNewSession()``; the
    /// identity is that of the installation.
    case session(SessionRequest, Moment, anonymousId: String, userId: String?)
    /// A method of ``Visitor`` was called.
    case visit(VisitCall)
    /// Time passed: at a start, at the time of a ``TimerPlugin``, and when a
    /// ``DescriptorPlugin`` read something.
    case time(Moment)
}

/// What a host may want of the session.
@_spi(Sessions)
public enum SessionRequest: Sendable {
    /// The session ends now; the next event opens another.
    case end
    /// The session ends now, and another begins at once.
    case new
}
