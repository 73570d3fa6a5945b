// SPDX-License-Identifier: MIT
import Footfall

/// Adds `os` and `device` to each event's context, as ``LinuxContext`` does, for a process that lives for one event.
///
/// What it finds is kept in the store and used until the next boot, so that a call of the command reads one value
/// instead of a dozen files. What differs between processes (`locale`, `timezone`, `desktop`, `sandbox`) or changes
/// (`network`) is left out.
package final class KeptContext: StoragePlugin {
    /// It changes events.
    package let type = PluginType.enrichment
    package let name = "LinuxContext"
    package var storage: PluginStorage? {
        get { values }
        set { values = newValue }
    }
    private var values: PluginStorage?
    private let system: SystemFiles
    private let device: DeviceDescription
    /// What the kept context depends on.
    private var circumstances = ""
    private var makeIdentifier: () -> String? = { nil }
    /// `nil` before the first event.
    private var context: JSONObject?

    private static let key = "context"

    /// - Parameter device: What the configuration says of the device.
    package convenience init(_ device: DeviceDescription) { self.init(device, system: .real) }

    init(_ device: DeviceDescription, system: SystemFiles) {
        self.device = device
        self.system = system
    }

    package func configure(analytics: Analytics) {
        let configuration = analytics.configuration
        let id = configuration.application?.id ?? ""
        let words: [JSON] = [
            .string(configuration.clock.bootID), .string(FootfallVersion.current), .string(id),
            .string(device.type?.rawValue ?? ""), .string(device.name ?? ""),
        ]
        circumstances = JSON.array(words).text
        let identifier = DeviceIdentifier(
            system: system, applicationID: id, file: "\(analytics.stateDirectory.path)/device-id")
        makeIdentifier = { identifier.value() }
    }

    package func execute(_ event: inout Event) -> Verdict {
        let context = context ?? kept ?? read()
        self.context = context
        event.put(machine: context)
        return .keep
    }

    /// What an earlier process found since the boot.
    private var kept: JSONObject? {
        // A store that cannot be read now keeps nothing; the machine is read instead.
        guard let value = try? values?.value(Self.key), let kept = value.objectValue,
            kept["of"] == .string(circumstances)
        else { return nil }
        return kept["context"]?.objectValue
    }

    private func read() -> JSONObject {
        let context = MachineContext(system: system, device: device).lasting(deviceID: makeIdentifier())
        // Without the value the next process reads the machine again.
        try? values?.set(Self.key, ["of": .string(circumstances), "context": .object(context)])
        return context
    }
}
