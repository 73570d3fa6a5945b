// SPDX-License-Identifier: MIT

/// A plugin that hears of the user, the session, the visit and the user's consent: once when
/// it is added, and then at each change.
///
/// ```swift
/// final class SessionLight: ObserverPlugin {
///     let type = PluginType.utility
///     func sessionChanged(id: Int64?) { lamp.isOn = id != nil }
/// }
/// ```
///
/// Any plugin may conform, also one inside a destination. Each method does nothing by default.
///
/// - **At the start**: after ``Plugin/configure(analytics:)`` each method but ``didReset()`` is
///   called once with what the client knows then. The session in the store is not known before the
///   first transaction.
/// - **Changes**: identity, session and visit are told when the transaction with the change is
///   stored, so the plugin never hears of a change that a crash takes back. What another process
///   changed is told with the transaction that finds it. Several changes in one transaction
///   are told as one, and no method is called without a change.
/// - **Thread**: the pipeline's, as for every ``Plugin``. Before `after` plugins see the
///   transaction's events.
public protocol ObserverPlugin: Plugin {
    /// Who the user is outside of visits.
    func identityChanged(anonymousId: String, userId: String?, traits: JSONObject)
    /// The open session, in milliseconds since 1970; `nil` when none is open.
    func sessionChanged(id: Int64?)
    /// The visit that is open, by its anonymousId, and who the visitor said to be; `nil` when
    /// none is open. See ``Visitor``.
    func visitChanged(id: String?, userId: String?)
    /// Whether the user opted out. Another program may have asked for it.
    func optOutChanged(isOptedOut: Bool)
    /// ``Analytics/reset()`` was called, or an opt-out or ``Analytics/forget()`` removed the user.
    ///
    /// It comes before the call of ``identityChanged(anonymousId:userId:traits:)`` with the new
    /// identity.
    func didReset()
}

extension ObserverPlugin {
    /// Does nothing.
    public func identityChanged(anonymousId: String, userId: String?, traits: JSONObject) {}
    /// Does nothing.
    public func sessionChanged(id: Int64?) {}
    /// Does nothing.
    public func visitChanged(id: String?, userId: String?) {}
    /// Does nothing.
    public func optOutChanged(isOptedOut: Bool) {}
    /// Does nothing.
    public func didReset() {}
}
