// SPDX-License-Identifier: MIT
import Footfall

/// A client for one test: its own directory, no network, and a clock that stands still.
///
/// ```swift
/// let client = ScratchClient(plugins: [AddStore()])
/// client.analytics.track(name: "Order Completed")
/// let event = client.delivered()[0]
/// ```
///
/// The client is closed and its directory below /tmp is removed with the object. It may be
/// used from any thread.
public final class ScratchClient: Sendable {
    /// The client.
    public let analytics: Analytics
    /// The client's clock.
    public let clock: ManualClock
    /// Takes every event that the plugins of the test let pass.
    public let destination: InMemoryDestination
    private let reported: Guarded<[FootfallError]>
    private let directory: ScratchDirectory

    /// Makes a client.
    ///
    /// It delivers when it is asked to: by ``delivered()`` or a flush.
    ///
    /// - Parameters:
    ///   - plugins: Added in this order, before ``destination``.
    ///   - transport: Answers the requests of destinations.
    ///   - configuration: Changes the client's configuration.
    public init(
        plugins: sending [any Plugin] = [], transport: FaultyTransport = FaultyTransport(),
        configuration: (Configuration) -> Configuration = { $0 }
    ) {
        let directory = ScratchDirectory()
        let clock = ManualClock()
        let destination = InMemoryDestination(key: "Scratch", name: "scratch")
        let reported = Guarded<[FootfallError]>([])
        let base = Configuration.scratch(directory).clock(clock).transport(transport)
            .errorHandler { error in reported.read { $0.append(error) } }
        let analytics = Analytics(configuration: configuration(base), plugins: plugins)
        analytics.add(plugin: destination)
        self.analytics = analytics
        self.clock = clock
        self.destination = destination
        self.reported = reported
        self.directory = directory
    }

    deinit { analytics.close() }

    /// Stores and delivers everything that was called and that is due by ``clock``, and returns
    /// all that ``destination`` has got so far. It waits at most a minute.
    public func delivered() -> [JSONObject] {
        // Behind this, plugins are called whose time is reached.
        _ = analytics.store(timeout: .seconds(30))
        _ = analytics.flush(timeout: .seconds(30))
        return destination.events
    }

    /// The problems that the client reported, in order.
    public var errors: [FootfallError] { reported.current }
}

extension Configuration {
    /// Nothing is delivered by itself, and no network is used.
    static func scratch(_ directory: ScratchDirectory) -> Configuration {
        Configuration(writeKey: "WRITE_KEY").stateDirectory(directory.path).flushAt(1_000_000).flushInterval(.zero)
            .transport(FaultyTransport())
    }
}
