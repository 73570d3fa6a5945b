// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore

/// The row of each destination in the store, by the bytes of its name.
struct DestinationIDs {
    private var ids: [UTF8Key: Int64] = [:]

    var isEmpty: Bool { ids.isEmpty }

    /// The names and rows of those that are not so in the store any more.
    func stale(in rows: [DestinationRow]) -> [(name: String, id: Int64)] {
        ids.filter { key, id in !rows.contains { $0.id == id && $0.name.isIdentical(to: key.text) } }
            .map { ($0.key.text, $0.value) }
    }

    /// Whether each is as it is in the store.
    func agree(with rows: [DestinationRow]) -> Bool {
        ids.allSatisfy { key, id in rows.contains { $0.id == id && $0.name.isIdentical(to: key.text) } }
    }

    subscript(name: String) -> Int64? {
        get { ids[UTF8Key(name)] }
        set { ids[UTF8Key(name)] = newValue }
    }
}
