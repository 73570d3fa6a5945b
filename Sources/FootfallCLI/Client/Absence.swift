// SPDX-License-Identifier: MIT
import Footfall

/// Why a destination that the store has gets no events from this command.
enum Absence: String {
    /// The configuration has it with `"enabled": false`.
    case disabled
    /// The configuration does not have it.
    case notConfigured

    /// For people.
    var words: String { self == .disabled ? "disabled" : "not configured" }
}

extension Settings {
    /// Why a destination gets no events; `nil` for one that is configured and enabled.
    func absence(of name: String) -> Absence? {
        // The configuration was read before without an error.
        let enabled = (try? destinations().map(\.name)) ?? []
        guard !enabled.contains(where: name.isIdentical) else { return nil }
        let disabled = (try? disabledDestinations()) ?? []
        return disabled.contains(where: name.isIdentical) ? .disabled : .notConfigured
    }

    /// The same, where a store is looked at. `nil` without any destination in the configuration:
    /// then the store is another program's, which has its destinations in its code.
    func idleness(of name: String) -> Absence? {
        guard let absence = absence(of: name) else { return nil }
        // The configuration was read before without an error.
        let enabled = (try? destinations()) ?? []
        let disabled = (try? disabledDestinations()) ?? []
        return enabled.isEmpty && disabled.isEmpty ? nil : absence
    }
}
