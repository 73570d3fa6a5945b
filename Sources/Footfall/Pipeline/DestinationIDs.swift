// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore

/// The id of each destination's row in the store, by the bytes of its name.
struct DestinationIDs {
    private var ids: [UTF8Key: Int64] = [:]

    var isEmpty: Bool { ids.isEmpty }

    /// The names and ids that the store does not have any more.
    func stale(in rows: [DestinationRow]) -> [(name: String, id: Int64)] {
        ids.filter { key, id in !rows.contains { $0.id == id && $0.name.isIdentical(to: key.text) } }
            .map { ($0.key.text, $0.value) }
    }

    /// Whether the store has each of these rows.
    func agree(with rows: [DestinationRow]) -> Bool {
        ids.allSatisfy { key, id in rows.contains { $0.id == id && $0.name.isIdentical(to: key.text) } }
    }

    subscript(name: String) -> Int64? {
        get { ids[UTF8Key(name)] }
        set { ids[UTF8Key(name)] = newValue }
    }
}
