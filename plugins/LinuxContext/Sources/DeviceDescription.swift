// SPDX-License-Identifier: MIT
import Footfall

/// What only the host knows about the device.
package struct DeviceDescription: Sendable {
    /// `nil`: by what the machine has.
    var type: LinuxContext.DeviceType?
    /// `nil`: the device has no name.
    var name: String?

    /// Nothing is known.
    package init() {}

    init(type: LinuxContext.DeviceType?, name: String? = nil) {
        self.type = type
        self.name = name
    }

    /// Reads the keys `deviceType` and `deviceName`.
    init(_ object: inout ConfigurationObject) throws(ConfigurationError) {
        if let text = try object.text("deviceType") {
            guard let type = LinuxContext.DeviceType(rawValue: text) else {
                throw object.error("deviceType", "\(text) is none of desktop, kiosk, embedded")
            }
            self.type = type
        }
        if let name = try object.text("deviceName") {
            // Each event has it.
            guard !name.isBlank, name.utf8.count <= Self.longestName else {
                throw object.error("deviceName", "it must have 1 to \(Self.longestName) bytes")
            }
            self.name = name
        }
    }

    private static let longestName = 255
}

extension Event {
    /// Puts what the machine is under the event's own context. Objects that both have are merged member by member.
    mutating func put(machine: JSONObject) {
        var merged = machine
        for (key, value) in context {
            guard case .object(let own) = value, case .object(var known)? = merged[key] else {
                merged[key] = value
                continue
            }
            known.merge(own)
            merged[key] = .object(known)
        }
        context = merged
    }
}
