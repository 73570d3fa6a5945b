// SPDX-License-Identifier: MIT
import CSystem

/// What the host says of itself; a library cannot know it.
public enum ApplicationChange: Sendable {
    /// Somebody can use it: a window is shown, the session is unlocked.
    case becameActive
    /// Nobody can any more.
    case willResignActive
    /// It ends in order.
    case willTerminate
}

/// A plugin that is told whether the application is in use.
///
/// Its methods are called on the pipeline's thread, in the order of the calls.
public protocol ApplicationPlugin: Plugin {
    /// The host changed. The events that are returned are stored at this place
    /// among the calls.
    func application(_ change: ApplicationChange, at moment: Moment) -> [Event]
}

extension Event {
    /// An event of now, made by a plugin for one of the methods above.
    public init(name: String, properties: JSONObject = [:], at moment: Moment) {
        self.init(type: .track, timestamp: moment.wall)
        event = name
        self.properties = properties
        bootNanoseconds = moment.bootNanoseconds
    }
}

extension Analytics {
    /// Says that somebody can use the application now. From any thread.
    ///
    /// ```swift
    /// window.onActivate { analytics.applicationDidBecomeActive() }
    /// ```
    public func applicationDidBecomeActive() { runtime.post(application: .becameActive) }

    /// Says that nobody can use the application any more: its windows are hidden,
    /// or the screen is locked. From any thread.
    public func applicationWillResignActive() { runtime.post(application: .willResignActive) }

    /// Says that the application ends in order. From any thread. Closing the
    /// client and exit() say so as well.
    public func applicationWillTerminate() { runtime.post(application: .willTerminate) }
}
