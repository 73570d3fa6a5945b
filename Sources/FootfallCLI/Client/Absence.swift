// SPDX-License-Identifier: MIT
import Footfall
import FootfallConfigured

/// Why a destination that the store has gets no events from this command, or is not delivered to by it.
enum Absence: String {
    /// The configuration has it with `"enabled": false`.
    case disabled
    /// The configuration does not have it.
    case notConfigured
    /// The configuration has it with a type that this command does not know. Events are stored for it.
    case unknownType
    /// The configuration has it, and no event was stored for it yet.
    case new

    /// For people.
    var words: String {
        switch self {
        case .disabled: "disabled"
        case .notConfigured: "not configured"
        case .unknownType: "unknown type"
        case .new: "no event yet"
        }
    }
}

/// The names of a configuration's destinations.
struct ConfiguredDestinations {
    private let list: DestinationList

    init(_ settings: Settings) { list = settings.destinations }

    /// The names of the destinations that get events.
    var enabled: [String] { list.enabled.map(\.name) }

    /// Why a destination gets no events, or is not delivered to; `nil` for one that this command delivers to.
    func absence(of name: String) -> Absence? {
        guard unknownType(of: name) == nil else { return .unknownType }
        guard !list.enabled.contains(where: { $0.name.isIdentical(to: name) }) else { return nil }
        return list.disabled.contains(where: name.isIdentical) ? .disabled : .notConfigured
    }

    /// The same, where a store is looked at. `nil` without any destination in the configuration:
    /// then the store is another program's, which has its destinations in its code.
    func idleness(of name: String) -> Absence? {
        list.enabled.isEmpty && list.disabled.isEmpty ? nil : absence(of: name)
    }

    /// The type of a destination, if the command does not know it.
    func unknownType(of name: String) -> String? {
        list.unknown.first { $0.name.isIdentical(to: name) }?.unknownType
    }

    /// What ``idleness(of:)`` means, for `doctor`.
    func explanation(of name: String) -> String? {
        if let type = unknownType(of: name) {
            return "of the type \(type), which this program does not know: its events wait for one that does"
        }
        return idleness(of: name)?.words
    }
}
