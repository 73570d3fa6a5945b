// SPDX-License-Identifier: MIT
import FootfallStore

/// What a client is made with.
///
/// ```swift
/// Configuration(writeKey: "WRITE_KEY")
///     .application(id: "com.example.Kiosk", version: "2.1.0", build: "210")
///     .flushAt(20)
///     .flushInterval(.seconds(30))
/// ```
public struct Configuration: Sendable {
    /// The key of the source; destinations that need one take it from here.
    public var writeKey: String

    /// Which kind of process this is. A spool is adopted only by a process of
    /// the same application and role.
    public enum Role: String, Sendable { case app, command, agent }

    /// The application that events come from.
    public struct Application: Sendable {
        /// Reverse-DNS, as `com.example.Kiosk`; names the state directory.
        public var id: String
        public var version: String?
        public var build: String?
    }

    public var application: Application?
    public var role = Role.app
    /// Where events are kept. The default is `footfall/APPLICATION-ID` in
    /// `$XDG_STATE_HOME` or `~/.local/state`; see ``StateLocation``.
    package var stateDirectory: String?
    /// How many events of a destination start a delivery. The default is 20.
    package var flushAt = 20
    /// How long an event waits for others before it is delivered. The default
    /// is 30 seconds; zero delivers only by ``flushAt`` and by flush.
    package var flushInterval = Duration.seconds(30)
    /// Whether `LinuxLifecycle` tracks Application Opened and its kin. The default is false.
    public var trackApplicationLifecycleEvents = false
    /// What an event survives when its call returned. The default is the death
    /// of the process.
    package var durability = Durability.process
    /// How many bytes the store may have on the disk. The default is 64 MiB, at
    /// least 4 MiB. When it is full the oldest events of the lowest priority go,
    /// counted as `evicted`.
    package var maximumStoreSize = Int(StoreLimits.defaultBytes)
    /// How many events it may have. The default is 200,000.
    package var maximumStoredEvents = Int(StoreLimits.defaultEvents)
    /// How long an event is kept at most, in time that the machine was up: no step
    /// of the clock ages anything. The default is 90 days.
    package var maximumEventAge = StoreLimits.defaultAge
    /// Whether this process delivers. The default is true; a process that only
    /// emits leaves it to another.
    package var delivers = true
    /// PEM file of the authorities that servers are checked against, instead of
    /// the system's.
    package var certificateAuthorityFile: String?
    /// The proxy that servers are reached through, as `http://host:3128`,
    /// `http://user:password@host:3128` or `socks5h://host:1080`. Without one the
    /// environment decides (`https_proxy`, `http_proxy`, `ALL_PROXY`, `no_proxy`);
    /// an empty text means none at all. This machine (127.0.0.0/8, ::1, localhost) is
    /// always reached without.
    package var proxy: String?
    /// Hosts that are reached without the proxy, separated by commas.
    package var noProxy: String?
    /// How many bytes may be sent in a month while the host says that the network is
    /// metered; see `setNetworkUse(_:)`. The default is 10 MiB.
    package var monthlyBudget = 10 << 20
    /// Told of every problem, on whatever thread it is met. It must not wait.
    package var errorHandler: (@Sendable (FootfallError) -> Void)?
    /// Whether nothing is to be stored: events are only shown.
    package var isRehearsal = false
    /// Time, for tests.
    package var clock = SystemClock.system

    public init(writeKey: String) { self.writeKey = writeKey }
}

extension Configuration {
    var storeLimits: StoreLimits {
        StoreLimits(bytes: Int64(maximumStoreSize), events: Int64(maximumStoredEvents), age: maximumEventAge)
    }

    private func with(_ change: (inout Configuration) -> Void) -> Configuration {
        var copy = self
        change(&copy)
        return copy
    }

    public func application(id: String, version: String? = nil, build: String? = nil) -> Configuration {
        with { $0.application = Application(id: id, version: version, build: build) }
    }
    public func role(_ role: Role) -> Configuration { with { $0.role = role } }
    public func stateDirectory(_ path: String) -> Configuration { with { $0.stateDirectory = path } }
    public func flushAt(_ count: Int) -> Configuration { with { $0.flushAt = count } }
    public func flushInterval(_ interval: Duration) -> Configuration { with { $0.flushInterval = interval } }
    public func trackApplicationLifecycleEvents(_ on: Bool) -> Configuration {
        with { $0.trackApplicationLifecycleEvents = on }
    }
    public func durability(_ durability: Durability) -> Configuration { with { $0.durability = durability } }
    public func maximumStoreSize(_ bytes: Int) -> Configuration { with { $0.maximumStoreSize = bytes } }
    public func maximumStoredEvents(_ count: Int) -> Configuration { with { $0.maximumStoredEvents = count } }
    public func maximumEventAge(_ age: Duration) -> Configuration { with { $0.maximumEventAge = age } }
    public func delivers(_ delivers: Bool) -> Configuration { with { $0.delivers = delivers } }
    public func certificateAuthorityFile(_ path: String?) -> Configuration {
        with { $0.certificateAuthorityFile = path }
    }
    public func proxy(_ address: String?, except hosts: String? = nil) -> Configuration {
        with {
            $0.proxy = address
            $0.noProxy = hosts
        }
    }
    public func monthlyBudget(_ bytes: Int) -> Configuration { with { $0.monthlyBudget = bytes } }
    public func errorHandler(_ handler: @escaping @Sendable (FootfallError) -> Void) -> Configuration {
        with { $0.errorHandler = handler }
    }
    package func clock(_ clock: SystemClock) -> Configuration { with { $0.clock = clock } }
}
