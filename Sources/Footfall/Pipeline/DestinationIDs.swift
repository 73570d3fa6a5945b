// SPDX-License-Identifier: MIT
import FootfallJSON

/// The row of each destination in the store, by the bytes of its name.
struct DestinationIDs {
    private var ids: [UTF8Key: Int64] = [:]

    var isEmpty: Bool { ids.isEmpty }

    subscript(name: String) -> Int64? {
        get { ids[UTF8Key(name)] }
        set { ids[UTF8Key(name)] = newValue }
    }
}
