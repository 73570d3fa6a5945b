// SPDX-License-Identifier: MIT
@_spi(System) import Footfall
import Glibc

/// Tracks that the application was installed, updated, opened, left, taken up
/// again and ended, and, at the next start, that it crashed.
///
/// ```swift
/// let analytics = Analytics(
///     configuration: Configuration(writeKey: "WRITE_KEY")
///         .application(id: "com.example.Kiosk", version: "2.1.0", build: "210")
///         .trackApplicationLifecycleEvents(true))
/// analytics.add(plugin: LinuxLifecycle())
/// ```
///
/// It is on with `trackApplicationLifecycleEvents`. Its events at the start come
/// before every event that is called after it was added. No toolkit-free API of
/// Linux says that a window is in use, so the host does: see
/// `Analytics.applicationDidBecomeActive()`. Suspend, shutdown, a locked or idle
/// screen and another session in front are heard of from logind, if it is there.
public final class LinuxLifecycle: ApplicationPlugin, TimerPlugin {
    /// The events, by their names in Segment's specification.
    public enum LifecycleEvent: String, Sendable, CaseIterable {
        case installed = "Application Installed"
        case updated = "Application Updated"
        case opened = "Application Opened"
        case foregrounded = "Application Foregrounded"
        case backgrounded = "Application Backgrounded"
        case terminated = "Application Terminated"
        case crashed = "Application Crashed"
    }

    public let type = PluginType.enrichment
    private let chosen: Set<LifecycleEvent>
    private var machine: LifecycleStateMachine
    private let observesLogind: Bool
    private let busAddress: String?
    private let sessionId: String?
    private var logind: Logind?
    private var presence = Presence()
    @_spi(System) public private(set) var wantsSync = false
    private var isTracking = false
    private var isOn: Bool { isTracking && getpid() == process }
    private var application: Configuration.Application?
    private var bootID = ""
    private var runDirectory = ""
    private var run: RunFile?
    /// A forked child is no instance of the application: it says nothing.
    private var process = getpid()

    /// - Parameters:
    ///   - events: Those to track. The default is all.
    ///   - patience: How long the application must be left before it counts as
    ///     being in the background. The default is 1 second.
    ///   - observesLogind: Whether logind is heard. The default is true.
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

    public func configure(analytics: Analytics) {
        let configuration = analytics.configuration
        process = getpid()
        isTracking = configuration.trackApplicationLifecycleEvents
        application = configuration.application
        bootID = configuration.clock.bootID
        runDirectory = "\(analytics.stateDirectory.path)/run"
    }

    public func shutdown() {
        // A child's copy of the connection is left alone: closing it says goodbye for its parent.
        guard getpid() == process else { return }
        logind = nil
        run?.remove()
        run = nil
    }

    private var versions: JSONObject {
        ["version": .string(application?.version ?? ""), "build": .string(application?.build ?? "")]
    }
}

// MARK: - Start

@_spi(System)
extension LinuxLifecycle: StartPlugin {
    private var versionKey: String { "lifecycle.\(application?.id ?? "").version" }
    private var buildKey: String { "lifecycle.\(application?.id ?? "").build" }

    public var storedKeys: [String] { isOn ? [versionKey, buildKey] : [] }

    public func start(_ values: [String: String], at moment: Moment) -> PluginStart {
        guard isOn else { return PluginStart() }
        // This instance's file comes after those of the dead are looked at.
        let deaths = RunFile.takeDeaths(in: runDirectory, bootID: bootID)
        run = RunFile.make(in: runDirectory, bootID: bootID)
        if observesLogind {
            logind = Logind(address: busAddress, session: sessionId, application: application?.id ?? "")
        }
        var events: [Event] = []
        func add(_ event: LifecycleEvent, _ properties: JSONObject) {
            if let made = make(event, properties, at: moment) { events.append(made) }
        }
        if deaths.contains(.crash) { add(.crashed, versions) }
        if let before = values[buildKey] {
            if before != (application?.build ?? "") || values[versionKey] != (application?.version ?? "") {
                var properties = versions
                properties["previous_version"] = .string(values[versionKey] ?? "")
                properties["previous_build"] = .string(before)
                add(.updated, properties)
            }
        } else {
            add(.installed, versions)
        }
        var opened: JSONObject = ["from_background": false]
        opened.merge(versions)
        if deaths.contains(.power), !deaths.contains(.crash) { opened["reason"] = "power" }
        add(.opened, opened)
        return PluginStart(
            events: events, values: [versionKey: application?.version ?? "", buildKey: application?.build ?? ""])
    }

}

// MARK: - Afterwards

extension LinuxLifecycle {
    public func application(_ change: ApplicationChange, at moment: Moment) -> [Event] {
        guard isOn else { return [] }
        switch change {
        case .willTerminate: return events(machine.application(.willTerminate, at: moment))
        case .becameActive: return present(at: moment) { $0.isShown = true }
        case .willResignActive: return present(at: moment) { $0.isShown = false }
        }
    }

    /// Something is known that says whether the application can be used.
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
    public var descriptor: Int32 { isOn ? logind?.descriptor ?? -1 : -1 }

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

    /// What was to be kept is kept: the machine may go.
    public func stored() {
        guard wantsSync else { return }
        wantsSync = false
        logind?.letGo()
    }

}

// MARK: - Events

extension LinuxLifecycle {
    public var nextTime: Int64 { isOn ? machine.nextTime : .max }

    public func timeReached(at moment: Moment) -> [Event] { events(machine.timeReached(at: moment)) }

    private func events(_ outputs: [LifecycleStateMachine.Output]) -> [Event] {
        outputs.compactMap { output in
            switch output {
            case .backgrounded(let moment): return make(.backgrounded, [:], at: moment)
            case .foregrounded(let moment): return make(.foregrounded, [:], at: moment)
            case .openedFromBackground(let moment):
                var properties: JSONObject = ["from_background": true]
                properties.merge(versions)
                return make(.opened, properties, at: moment)
            case .terminated(let moment):
                // The bus is still needed: the machine waits until this is stored.
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
