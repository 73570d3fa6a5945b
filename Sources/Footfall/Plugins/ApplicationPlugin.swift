// SPDX-License-Identifier: MIT
import CSystem

/// What the host says about the application's use: Linux has no source that every
/// toolkit feeds, so a library cannot find out by itself.
public enum ApplicationChange: Sendable {
    /// The application can be used: a window is shown, the screen is unlocked.
    case becameActive
    /// The application cannot be used any more.
    case willResignActive
    /// The application ends in order.
    case willTerminate
}

/// A plugin that hears whether the application is in use.
///
/// ``application(_:at:)`` is called on the pipeline's thread, in the order of the calls.
public protocol ApplicationPlugin: Plugin {
    /// The host called ``Analytics/applicationDidBecomeActive()`` or one of its kin.
    ///
    /// - Returns: events, which are stored at this place among the calls.
    func application(_ change: ApplicationChange, at moment: Moment) -> [Event]
}

extension Event {
    /// A track event of a moment, for a plugin to return from a method such as
    /// ``ApplicationPlugin/application(_:at:)``.
    public init(name: String, properties: JSONObject = [:], at moment: Moment) {
        self.init(type: .track, timestamp: moment.wall)
        event = name
        self.properties = properties
        bootNanoseconds = moment.bootNanoseconds
    }
}

extension Analytics {
    /// Says that the application can be used now. From any thread.
    ///
    /// ```swift
    /// window.onActivate { analytics.applicationDidBecomeActive() }
    /// ```
    public func applicationDidBecomeActive() { runtime.post(application: .becameActive) }

    /// Says that the application cannot be used any more: its windows are hidden,
    /// or the screen is locked. From any thread.
    public func applicationWillResignActive() { runtime.post(application: .willResignActive) }

    /// Says that the application ends in order. From any thread.
    ///
    /// ``close(timeout:)`` and `exit()` say so as well.
    public func applicationWillTerminate() { runtime.post(application: .willTerminate) }
}
