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

/// The names of a configuration's destinations.
struct ConfiguredDestinations {
    private let enabled: [String]
    private let disabled: [String]

    /// Reads the configuration again, with its key files, so one of these serves all rows of a store.
    init(_ settings: Settings) {
        // The configuration was read before without an error.
        enabled = (try? settings.destinations().map(\.name)) ?? []
        disabled = (try? settings.disabledDestinations()) ?? []
    }

    /// Why a destination gets no events; `nil` for one that is configured and enabled.
    func absence(of name: String) -> Absence? {
        guard !enabled.contains(where: name.isIdentical) else { return nil }
        return disabled.contains(where: name.isIdentical) ? .disabled : .notConfigured
    }

    /// The same, where a store is looked at. `nil` without any destination in the configuration:
    /// then the store is another program's, which has its destinations in its code.
    func idleness(of name: String) -> Absence? {
        enabled.isEmpty && disabled.isEmpty ? nil : absence(of: name)
    }
}
