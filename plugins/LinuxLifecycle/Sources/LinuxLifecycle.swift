// SPDX-License-Identifier: MIT
@_spi(System) import Footfall
import Glibc

/// Tracks that the application was installed, updated, opened, left, returned to and
/// ended, and at the next start that it crashed.
///
/// ```swift
/// let analytics = Analytics(
///     configuration: Configuration(writeKey: "WRITE_KEY")
///         .application(id: "com.example.Kiosk", version: "2.1.0", build: "210")
///         .trackApplicationLifecycleEvents(true))
/// analytics.add(plugin: LinuxLifecycle())
/// ```
///
/// It tracks only if the configuration has `trackApplicationLifecycleEvents(true)`. Its
/// events at the start come before every event that is called after it was added.
///
/// Linux does not tell a library whether a window is in use, so the host must call
/// `applicationDidBecomeActive()` and `applicationWillResignActive()` of the client. logind,
/// if there is one, reports suspend, shutdown, a locked or idle screen and a change of
/// session.
public final class LinuxLifecycle: ApplicationPlugin, TimerPlugin {
    /// The events, by their names in Segment's specification.
    public enum LifecycleEvent: String, Sendable, CaseIterable {
        /// The first start.
        case installed = "Application Installed"
        /// A start with another version or build.
        case updated = "Application Updated"
        /// A start, or a return from the background.
        case opened = "Application Opened"
        /// A return from the background.
        case foregrounded = "Application Foregrounded"
        /// The application was left.
        case backgrounded = "Application Backgrounded"
        /// The application ended in order.
        case terminated = "Application Terminated"
        /// An instance died while the machine went on; tracked at the next start.
        case crashed = "Application Crashed"
    }

    /// It gets no events of others: its place is among the enrichments.
    public let type = PluginType.enrichment
    private let chosen: Set<LifecycleEvent>
    private var machine: LifecycleStateMachine
    private let observesLogind: Bool
    private let busAddress: String?
    private let sessionId: String?
    private var logind: Logind?
    private var presence = Presence()
    /// Whether logind waits until the events are safe from a power cut.
    @_spi(System) public private(set) var wantsSync = false
    private var isTracking = false
    /// Whether the client started it, in this process. A forked child has no start.
    private var isOn: Bool { hasStarted && getpid() == process }
    private var hasStarted = false
    /// The application, and what its start tracks and stores.
    private var launch = LifecycleStart(nil)
    private var bootID = ""
    private var runDirectory = ""
    private var run: RunFile?
    /// The dead instances that the start reports, until that is stored.
    private var dead: [DeadInstance] = []
    /// The process that the plugin was added in. A forked child tracks nothing.
    private var process = getpid()

    /// - Parameters:
    ///   - events: The events to track. The default is all.
    ///   - patience: How long the application must be left before it counts as being in
    ///     the background. The default is 1 second.
    ///   - observesLogind: Whether the plugin listens to logind. The default is true.
    public convenience init(
        events: Set<LifecycleEvent> = Set(LifecycleEvent.allCases), patience: Duration = .seconds(1),
        observesLogind: Bool = true
    ) {
        self.init(
            events: events, patience: patience, observesLogind: observesLogind, busAddress: nil,
            sessionId: StateLocation.environment("XDG_SESSION_ID"))
    }

    package init(
        events: Set<LifecycleEvent> = Set(LifecycleEvent.allCases), patience: Duration, observesLogind: Bool = true,
        busAddress: String?, sessionId: String?
    ) {
        chosen = events
        self.observesLogind = observesLogind
        self.busAddress = busAddress
        self.sessionId = sessionId
        machine = LifecycleStateMachine(patience: patience)
    }

    /// Learns of the application and the state directory.
    public func configure(analytics: Analytics) {
        let configuration = analytics.configuration
        process = getpid()
        isTracking = configuration.trackApplicationLifecycleEvents
        launch = LifecycleStart(configuration.application)
        bootID = configuration.clock.bootID
        runDirectory = "\(analytics.stateDirectory.path)/run"
    }

    /// Leaves logind, and notes that this instance ended in order.
    public func shutdown() {
        // In a forked child the connection stays open: closing it would end the parent's.
        guard getpid() == process else { return }
        logind = nil
        dead = []
        run?.remove()
        run = nil
    }
}

// MARK: - Start

@_spi(System)
extension LinuxLifecycle: StartPlugin {
    /// The keys of the version and build of the last start.
    public var storedKeys: [String] { isTracking ? launch.keys : [] }

    /// The events of this start.
    public func start(_ values: [String: String], at moment: Moment) -> PluginStart {
        guard isTracking, getpid() == process else { return PluginStart() }
        hasStarted = true
        // Made after the files of dead instances were read, so it is not one of them.
        let reported = launch.reported(values)
        dead = DeadInstance.find(in: runDirectory, bootID: bootID, reported: reported)
        let left = DeadInstance.names(in: runDirectory)
        run = RunFile.make(in: runDirectory, bootID: bootID)
        if observesLogind {
            logind = Logind(address: busAddress, session: sessionId, application: launch.id)
        }
        let occurrences = launch.events(values, deaths: dead.map(\.death))
        return PluginStart(
            events: occurrences.compactMap { make($0.event, $0.properties, at: moment) },
            // A file that could not be removed is known at the next start too.
            values: launch.values(reported: dead.map(\.name) + left.filter(reported.contains)))
    }

    /// The deaths are stored, so their files may go.
    public func started() {
        for instance in dead { instance.remove() }
        dead = []
    }
}

// MARK: - Afterwards

extension LinuxLifecycle {
    /// The events that follow from what the host says.
    public func application(_ change: ApplicationChange, at moment: Moment) -> [Event] {
        guard isOn else { return [] }
        switch change {
        case .willTerminate: return events(machine.application(.willTerminate, at: moment))
        case .becameActive: return present(at: moment) { $0.isShown = true }
        case .willResignActive: return present(at: moment) { $0.isShown = false }
        }
    }

    /// Changes what is known about the application's use; the events that follow from it.
    private func present(at moment: Moment, _ change: (inout Presence) -> Void) -> [Event] {
        let wasInUse = presence.isInUse
        change(&presence)
        guard presence.isInUse != wasInUse else { return [] }
        return events(machine.application(presence.isInUse ? .becameActive : .willResignActive, at: moment))
    }

}

// MARK: - logind

@_spi(System)
extension LinuxLifecycle: DescriptorPlugin {
    /// The connection to logind; −1 for none.
    public var descriptor: Int32 { isOn ? logind?.descriptor ?? -1 : -1 }

    /// The events that follow from what logind says.
    public func descriptorIsReady(at moment: Moment) -> [Event] {
        guard isOn, let logind else { return [] }
        return logind.takeChanges().flatMap { hear($0, at: moment) }
    }

    private func hear(_ change: Logind.Change, at moment: Moment) -> [Event] {
        switch change {
        case .sleep(true):
            wantsSync = true
            presence.isAsleep = true
            return events(machine.leaveAtOnce(at: moment))
        case .sleep(false):
            logind?.inhibit()
            return present(at: moment) { $0.isAsleep = false }
        case .shutdown(true):
            wantsSync = true
            return events(machine.application(.willTerminate, at: moment))
        case .shutdown(false): return []
        case .locked(let isLocked): return present(at: moment) { $0.isLocked = isLocked }
        case .active(let isActive): return present(at: moment) { $0.isSessionActive = isActive }
        case .idle(let isIdle): return present(at: moment) { $0.isIdle = isIdle }
        }
    }

    /// Lets logind suspend or shut down the machine: the events are stored.
    public func stored() {
        guard wantsSync else { return }
        wantsSync = false
        logind?.letGo()
    }

}

// MARK: - Events

extension LinuxLifecycle {
    /// When the application has been left for long enough.
    public var nextTime: Int64 { isOn ? machine.nextTime : .max }

    /// The application has been left for long enough.
    public func timeReached(at moment: Moment) -> [Event] { events(machine.timeReached(at: moment)) }

    private func events(_ outputs: [LifecycleStateMachine.Output]) -> [Event] {
        outputs.compactMap { output in
            switch output {
            case .backgrounded(let moment): return make(.backgrounded, [:], at: moment)
            case .foregrounded(let moment): return make(.foregrounded, [:], at: moment)
            case .openedFromBackground(let moment):
                var properties: JSONObject = ["from_background": true]
                properties.merge(launch.versions)
                return make(.opened, properties, at: moment)
            case .terminated(let moment):
                // The connection stays: logind waits until this event is stored.
                run?.remove()
                run = nil
                return make(.terminated, [:], at: moment)
            }
        }
    }

    private func make(_ event: LifecycleEvent, _ properties: JSONObject, at moment: Moment) -> Event? {
        guard chosen.contains(event) else { return nil }
        var made = Event(name: event.rawValue, properties: properties, at: moment)
        made.priority = .critical
        return made
    }
}
