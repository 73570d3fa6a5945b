// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore

/// Says on what machine events happen: `context.os`, `device`, `locale`,
/// `timezone`, `desktop`, `sandbox` and `network`.
///
/// ```swift
/// analytics.add(plugin: LinuxContext(deviceType: .kiosk))
/// ```
///
/// What the machine is is read once, when the plugin is added, on the
/// pipeline's thread; the state of the network at most every 30 seconds. What
/// an event says itself stays. Nothing personal is read: no host name, user
/// name, serial number, MAC address or path; the machine-id leaves the device
/// only as a keyed hash.
public final class LinuxContext: Plugin {
    /// What kind of device this is; a program cannot see that it stands in a kiosk.
    public enum DeviceType: String, Sendable { case desktop, kiosk, embedded }

    public let type = PluginType.enrichment
    private let system: SystemFiles
    private let deviceType: DeviceType?
    private var context = JSONObject()
    private var clock = SystemClock.system
    private var networkReadAt = Int64.min

    /// How long the state of the network is believed.
    static let networkAge = Duration.seconds(30)

    /// - Parameter deviceType: The default is what the machine looks like:
    ///   `embedded` with a device tree and no desktop session, else `desktop`.
    public convenience init(deviceType: DeviceType? = nil) { self.init(deviceType: deviceType, system: .real) }

    init(deviceType: DeviceType?, system: SystemFiles) {
        self.deviceType = deviceType
        self.system = system
    }

    /// From a configuration's `"context": {"deviceType": "kiosk"}`.
    public convenience init(_ configuration: ConfigurationObject) throws(ConfigurationError) {
        var object = configuration
        let name = try object.text("deviceType")
        guard let name else {
            try object.finish()
            self.init()
            return
        }
        guard let type = DeviceType(rawValue: name) else {
            throw object.error("deviceType", "\(name) is none of desktop, kiosk, embedded")
        }
        try object.finish()
        self.init(deviceType: type)
    }

    public func configure(analytics: Analytics) {
        clock = analytics.configuration.clock
        let directory = analytics.stateDirectory
        let identifier = DeviceIdentifier(
            system: system, applicationID: analytics.configuration.application?.id ?? "",
            file: "\(directory.path)/device-id")
        context = MachineContext(system: system, deviceType: deviceType).object(deviceID: identifier.value())
    }

    public func execute(_ event: inout Event) -> Verdict {
        readNetwork()
        let own = event.context
        event.context = context
        event.context.merge(own)
        return .keep
    }

    private func readNetwork() {
        let now = clock.boot()
        guard networkReadAt == .min || now - networkReadAt >= Self.networkAge.nanoseconds else { return }
        networkReadAt = now
        context["network"] = .object(NetworkState(system: system).object)
    }
}
