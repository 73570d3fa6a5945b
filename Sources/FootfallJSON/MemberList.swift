// SPDX-License-Identifier: MIT

/// The members of an object that is being made, in their order. Of two with one key the later value stays.
///
/// It finds a repeated key without comparing all pairs of a large object.
package struct MemberList {
    private var members: [JSONObject.Member] = []
    private var places: [UTF8Key: Int]?

    /// Up to this many members, comparing keys is faster than hashing them.
    private static let linearLimit = 24

    package init() {}

    /// Makes room for so many members.
    package mutating func reserve(_ count: Int) { members.reserveCapacity(count) }

    package mutating func append(_ key: String, _ value: JSON) {
        if let place = place(of: key) {
            members[place].value = value
            return
        }
        places?[UTF8Key(key)] = members.count
        if members.isEmpty { members.reserveCapacity(8) }
        members.append(JSONObject.Member(key, value))
        if members.count == Self.linearLimit {
            places = Dictionary(uniqueKeysWithValues: members.indices.map { (UTF8Key(members[$0].key), $0) })
        }
    }

    private func place(of key: String) -> Int? {
        if let places { return places[UTF8Key(key)] }
        let length = key.utf8.count
        for index in members.indices
        where members[index].key.utf8.count == length && members[index].key.isIdentical(to: key) { return index }
        return nil
    }

    package func object() -> JSONObject { JSONObject(unique: members) }
}
