// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore

/// Adds the machine to each event's context: `os`, `device`, `locale`, `timezone`,
/// `desktop`, `sandbox` and `network`.
///
/// ```swift
/// analytics.add(plugin: LinuxContext(deviceType: .kiosk))
/// ```
///
/// The state of the network is read at most every 30 seconds; everything else once, when
/// the plugin is added. Both happen on the pipeline's thread. What an event's context has
/// already is kept. Nothing personal is read: no host name, user name, serial number, MAC
/// address or path. The machine-id leaves the device only as a keyed hash.
public final class LinuxContext: Plugin {
    /// The kind of a device. Only the host knows that it is a kiosk.
    public enum DeviceType: String, Sendable {
        /// A desktop or laptop.
        case desktop
        /// A device that is shared by visitors.
        case kiosk
        /// A board without a desktop session.
        case embedded
    }

    /// It changes events.
    public let type = PluginType.enrichment
    private let system: SystemFiles
    /// What the host says of the device.
    package let device: DeviceDescription
    private var context = JSONObject()
    private var clock = SystemClock.system
    private var networkReadAt = Int64.min

    /// How long the state of the network is used before it is read again.
    static let networkAge = Duration.seconds(30)

    /// - Parameters:
    ///   - deviceType: The kind of this device. With `nil` it is `embedded` if the machine has a
    ///     device tree and no desktop session, else `desktop`.
    ///   - deviceName: The name of this device, such as `Till 3`, sent as `context.device.name`.
    ///     With `nil`, the default, events have none.
    public convenience init(deviceType: DeviceType? = nil, deviceName: String? = nil) {
        self.init(DeviceDescription(type: deviceType, name: deviceName), system: .real)
    }

    init(_ device: DeviceDescription, system: SystemFiles) {
        self.device = device
        self.system = system
    }

    /// Reads an object such as `{"deviceType": "kiosk", "deviceName": "Till 3"}`.
    public convenience init(_ configuration: ConfigurationObject) throws(ConfigurationError) {
        var object = configuration
        let device = try DeviceDescription(&object)
        try object.finish()
        self.init(device, system: .real)
    }

    /// Reads what the machine is.
    public func configure(analytics: Analytics) {
        clock = analytics.configuration.clock
        let directory = analytics.stateDirectory
        let identifier = DeviceIdentifier(
            system: system, applicationID: analytics.configuration.application?.id ?? "",
            file: "\(directory.path)/device-id")
        context = MachineContext(system: system, device: device).object(deviceID: identifier.value())
    }

    /// Puts the machine under the event's own context.
    public func execute(_ event: inout Event) -> Verdict {
        readNetwork()
        event.put(machine: context)
        return .keep
    }

    private func readNetwork() {
        let now = clock.boot()
        guard networkReadAt == .min || now - networkReadAt >= Self.networkAge.nanoseconds else { return }
        networkReadAt = now
        context["network"] = .object(NetworkState(system: system).object)
    }
}
