// SPDX-License-Identifier: MIT

extension Event {
    /// Whether a destination takes this event, by the event's `integrations`.
    ///
    /// That is `integrations[key]`, else true for `Segment.io`, else
    /// `integrations["All"]`, else true. An object counts as true, `null` as not given.
    public func isRouted(to key: String) -> Bool { Self.isRouted(integrations, to: key) }

    /// Whether a destination takes an event with these `integrations`.
    package static func isRouted(_ integrations: JSONObject, to key: String) -> Bool {
        if let choice = integrations[key], !choice.isNull { return choice.boolValue ?? true }
        if key == "Segment.io" || integrations.isEmpty { return true }
        let all = integrations[allKey] ?? integrations.first { isAll($0.key) }?.value
        return all?.boolValue ?? true
    }

    /// The key that stands for every destination but Segment.
    private static let allKey = "All"

    /// Whether a key means `All`. Some senders write it in small or in capital letters.
    private static func isAll(_ key: String) -> Bool {
        // Setting the bit 0x20 turns A and L into a and l, and no other byte into one of them.
        key.utf8.count == 3 && key.utf8.elementsEqual("all".utf8) { $0 | 0x20 == $1 }
    }

    /// Writes the key for every destination as `All`. A member that was written so already wins.
    mutating func spellAll() {
        guard integrations.contains(where: { Self.isAll($0.key) && $0.key != Self.allKey }) else { return }
        let own = integrations[Self.allKey]
        integrations = JSONObject(integrations.map { (Self.isAll($0.key) ? Self.allKey : $0.key, $0.value) })
        if let own { integrations[Self.allKey] = own }
    }
}
