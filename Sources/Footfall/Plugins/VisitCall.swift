// SPDX-License-Identifier: MIT

/// A change of the visit, or of what is shown between visits.
@_spi(Sessions)
public enum VisitChange: Sendable, Equatable {
    /// A visit begins under its own anonymousId.
    case begin(anonymousId: String)
    /// A visit ends: the one with this anonymousId, or with `nil` the one that is open.
    case end(anonymousId: String?, reason: VisitEndReason)
    /// Idleness no longer ends the visit, or does again.
    case pause(isOn: Bool)
    /// Attract mode is on, or off.
    case attract(isOn: Bool)
}

/// A call of a method of ``Visitor``, with its moment.
@_spi(Sessions)
public struct VisitCall: Sendable, Equatable {
    /// What the call changes.
    public var change: VisitChange
    /// When the method was called.
    public var moment: Moment
}
