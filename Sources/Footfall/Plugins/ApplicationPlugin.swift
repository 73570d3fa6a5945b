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

/// A plugin that wants to be called at a time.
public protocol TimerPlugin: Plugin {
    /// When: nanoseconds since boot; `Int64.max` for never. It is asked after
    /// each round of the pipeline.
    var nextTime: Int64 { get }
    /// That time is reached. The events that are returned are stored.
    func timeReached(at moment: Moment) -> [Event]
}

/// A plugin that hears of something through a descriptor: a bus, a watch.
@_spi(System)
public protocol DescriptorPlugin: Plugin {
    /// What the pipeline's thread sleeps on besides its own; −1 for nothing. It is
    /// asked after each round.
    var descriptor: Int32 { get }
    /// It can be read. The events that are returned are stored.
    func descriptorIsReady(at moment: Moment) -> [Event]
    /// Whether what was just returned must survive a power cut at once.
    var wantsSync: Bool { get }
    /// What was returned is stored, safe from a power cut if that was wanted.
    func stored()
    /// Whether it never returns events: then it is heard while the store refuses
    /// them. The default is false.
    var storesNothing: Bool { get }
}

@_spi(System)
extension DescriptorPlugin {
    public var storesNothing: Bool { false }
}

/// A plugin that has something to say before every event called after it was
/// added, by what it knows from earlier starts.
@_spi(System)
public protocol StartPlugin: Plugin {
    /// The keys of the key-value store that ``start(_:at:)`` wants to know.
    var storedKeys: [String] { get }
    /// Called once, after `configure`. What it returns is stored together.
    ///
    /// - Parameters:
    ///   - values: The stored values, without the keys that the store does not have.
    ///   - moment: Now.
    func start(_ values: [String: String], at moment: Moment) -> PluginStart
}

/// What a ``StartPlugin`` wants stored.
@_spi(System)
public struct PluginStart: Sendable {
    public var events: [Event]
    /// Set in the key-value store, in the transaction of the events.
    public var values: [String: String]

    public init(events: [Event] = [], values: [String: String] = [:]) {
        self.events = events
        self.values = values
    }
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
