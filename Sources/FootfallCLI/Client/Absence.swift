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
}
