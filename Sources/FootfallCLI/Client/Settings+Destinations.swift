// SPDX-License-Identifier: MIT
import Footfall
import FootfallJSON

extension Settings {
    /// Throws for a destination that is neither in the store nor configured: a misspelt one must not look
    /// like one without events.
    func requireKnown(_ destination: String) throws {
        let stored = try usingStore { try StoreStatus(configuration) }.destinations.map(\.name)
        let configured = destinations.enabled.map(\.name)
        let names = stored + configured.filter { name in !stored.contains(where: name.isIdentical) }
        guard names.contains(where: destination.isIdentical) else {
            let known = names.isEmpty ? "there is no destination" : "known: \(names.sorted().joined(separator: ", "))"
            throw CommandExit(
                .usage, "--destination: \(destination) is neither in the store nor configured; \(known)")
        }
    }
}
