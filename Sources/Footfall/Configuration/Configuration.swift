// SPDX-License-Identifier: MIT
import FootfallStore
import FootfallTransport

/// The settings of a client.
///
/// ```swift
/// Configuration(writeKey: "WRITE_KEY")
///     .application(id: "com.example.Kiosk", version: "2.1.0", build: "210")
///     .flushAt(20)
///     .flushInterval(.seconds(30))
/// ```
public struct Configuration: Sendable {
    /// The key of the Segment source. Destinations that need a key and have none of their
    /// own use it. White space at its ends is ignored.
    public var writeKey: String

    /// The kind of a process. What a process of the same application and role left
    /// unstored is stored by the next one.
    public enum Role: String, Sendable {
        /// An application that runs for a while. The default.
        case app
        /// A command that stores one event and ends.
        case command
        /// A service that delivers for others.
        case agent
    }

    /// The application that events come from, for `context.app`.
    public struct Application: Sendable {
        /// The id in reverse-DNS form, as `com.example.Kiosk`. It names the state directory.
        public var id: String
        /// The name that people know, as `Kiosk`.
        public var name: String?
        /// The version, as `2.1.0`.
        public var version: String?
        /// The build, as `210`.
        public var build: String?
    }

    /// The application that events come from.
    public var application: Application?
    /// The kind of this process.
    public var role = Role.app
    /// Whether the plugin `LinuxLifecycle` tracks Application Opened and its kin. The default
    /// is false.
    public var trackApplicationLifecycleEvents = false

    // Hosts set these with the methods below, which say what they mean.
    package var stateDirectory: String?
    package var flushAt = 20
    package var flushInterval = Duration.seconds(30)
    package var flushOnStart = false
    package var durability = Durability.process
    package var maximumStoreSize = Int(StoreLimits.defaultBytes)
    package var maximumStoredEvents = Int(StoreLimits.defaultEvents)
    package var maximumEventAge = StoreLimits.defaultAge
    package var delivers = true
    package var certificateAuthorityFile: String?
    package var proxy: String?
    package var noProxy: String?
    package var monthlyBudget = 10 << 20
    package var errorHandler: (@Sendable (FootfallError) -> Void)?
    /// Whether events are only shown, not stored.
    package var isRehearsal = false
    /// The source of time; tests have their own.
    package var clock = SystemClock.system
    /// The file of SQLite; tests name another than the one in use.
    package var sqliteLibrary: String?
    /// Answers requests instead of libcurl; tests have one.
    package var simulatedServer: (@Sendable (DeliveryRequest) -> Transport.Ending)?

    /// Settings with every default.
    ///
    /// - Parameter writeKey: The key of the Segment source; empty when no destination needs
    ///   one.
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

    /// Names the application that events come from.
    ///
    /// - Parameters:
    ///   - id: The id in reverse-DNS form, as `com.example.Kiosk`. It names the state directory
    ///     and is sent as `context.app.namespace`.
    ///   - name: The name that people know, as `Kiosk`.
    ///   - version: As `2.1.0`.
    ///   - build: As `210`.
    public func application(
        id: String, name: String? = nil, version: String? = nil, build: String? = nil
    ) -> Configuration {
        with { $0.application = Application(id: id, name: name, version: version, build: build) }
    }

    /// Sets the kind of this process. The default is ``Role/app``.
    public func role(_ role: Role) -> Configuration { with { $0.role = role } }

    /// Sets the directory that events are kept in.
    ///
    /// The default is the application's id in `$STATE_DIRECTORY` (set by systemd), else
    /// `footfall/` and that id in `$XDG_STATE_HOME`, else in `~/.local/state`.
    public func stateDirectory(_ path: String) -> Configuration { with { $0.stateDirectory = path } }

    /// Sets how many events of a destination start a delivery. The default is 20.
    public func flushAt(_ count: Int) -> Configuration { with { $0.flushAt = count } }

    /// Sets how long an event waits for others before it is delivered. The default is 30
    /// seconds. Zero delivers only by ``flushAt(_:)`` and by flush.
    public func flushInterval(_ interval: Duration) -> Configuration { with { $0.flushInterval = interval } }

    /// Sets whether events that earlier processes left are delivered as soon as the client starts,
    /// instead of after ``flushInterval(_:)``. The default is false.
    ///
    /// The delivery is like one of ``Analytics/flush()``: it does not wait for the delay after a
    /// failed attempt. Choose it for programs that run for a few seconds, and not for one that
    /// restarts again and again.
    public func flushOnStart(_ flushes: Bool) -> Configuration { with { $0.flushOnStart = flushes } }

    /// Sets whether the plugin `LinuxLifecycle` tracks Application Opened and its kin. The
    /// default is false.
    public func trackApplicationLifecycleEvents(_ on: Bool) -> Configuration {
        with { $0.trackApplicationLifecycleEvents = on }
    }

    /// Sets what an event survives once its call has returned. The default is
    /// ``Durability/process``.
    public func durability(_ durability: Durability) -> Configuration { with { $0.durability = durability } }

    /// Sets how many bytes the store may take on the disk. The default is 64 MiB, the least
    /// 4 MiB.
    ///
    /// When the store is full, the oldest events of the lowest priority are removed and
    /// counted as ``DropReason/evicted``.
    public func maximumStoreSize(_ bytes: Int) -> Configuration { with { $0.maximumStoreSize = bytes } }

    /// Sets how many events the store may have. The default is 200,000.
    public func maximumStoredEvents(_ count: Int) -> Configuration { with { $0.maximumStoredEvents = count } }

    /// Sets how long an event is kept. The default is 90 days.
    ///
    /// Only the time that the machine was up counts, so setting the clock ages nothing.
    public func maximumEventAge(_ age: Duration) -> Configuration { with { $0.maximumEventAge = age } }

    /// Sets whether this process delivers. The default is true; with false another process
    /// on the store must deliver.
    public func delivers(_ delivers: Bool) -> Configuration { with { $0.delivers = delivers } }

    /// Sets the PEM file of the authorities that servers are checked against. The default
    /// is the system's.
    public func certificateAuthorityFile(_ path: String?) -> Configuration {
        with { $0.certificateAuthorityFile = path }
    }

    /// Sets the proxy that servers are reached through.
    ///
    /// This machine (127.0.0.0/8, ::1, localhost) is always reached without a proxy.
    ///
    /// - Parameters:
    ///   - address: As `http://host:3128`, `http://user:password@host:3128` or
    ///     `socks5h://host:1080`. An empty text means no proxy. With `nil`, the default, the
    ///     environment decides (`https_proxy`, `http_proxy`, `ALL_PROXY`, `no_proxy`).
    ///   - hosts: Hosts that are reached without the proxy, separated by commas.
    public func proxy(_ address: String?, except hosts: String? = nil) -> Configuration {
        with {
            $0.proxy = address
            $0.noProxy = hosts
        }
    }

    /// Sets how many bytes may be sent in a calendar month while the network is
    /// ``NetworkUse/metered``. The default is 10 MiB.
    public func monthlyBudget(_ bytes: Int) -> Configuration { with { $0.monthlyBudget = bytes } }

    /// Sets a function that is told of every problem.
    ///
    /// It is called on the thread that met the problem, so it must not wait.
    public func errorHandler(_ handler: @escaping @Sendable (FootfallError) -> Void) -> Configuration {
        with { $0.errorHandler = handler }
    }
    package func clock(_ clock: SystemClock) -> Configuration { with { $0.clock = clock } }
    package func simulatedServer(
        _ server: @escaping @Sendable (DeliveryRequest) -> Transport.Ending
    ) -> Configuration { with { $0.simulatedServer = server } }
}
