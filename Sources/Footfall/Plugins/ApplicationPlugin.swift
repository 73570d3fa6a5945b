// SPDX-License-Identifier: MIT

/// What the host says of itself; a library cannot know it.
public enum ApplicationChange: Sendable {
    /// Somebody can use it: a window is shown, the session is unlocked.
    case becameActive
    /// Nobody can any more.
    case willResignActive
    /// It ends in order.
    case willTerminate
}

/// When the host said it, on both clocks.
public struct ApplicationMoment: Sendable, Equatable {
    public var wall: Timestamp
    /// Nanoseconds since boot; counts suspend.
    public var bootNanoseconds: Int64

    public init(wall: Timestamp, bootNanoseconds: Int64) {
        self.wall = wall
        self.bootNanoseconds = bootNanoseconds
    }
}

/// A plugin that is told whether the application is in use.
///
/// Its method is called on the pipeline's thread, in the order of the calls.
public protocol ApplicationPlugin: Plugin {
    func application(_ change: ApplicationChange, at moment: ApplicationMoment)
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

    /// Says that the application ends in order. From any thread.
    public func applicationWillTerminate() { runtime.post(application: .willTerminate) }
}
