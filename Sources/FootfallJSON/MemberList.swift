// SPDX-License-Identifier: MIT

/// The members of an object that is being read. It finds a repeated key without
/// comparing all pairs of a large object.
struct MemberList {
    private var members: [JSONObject.Member] = []
    private var places: [UTF8Key: Int]?

    /// Up to this many members, comparing keys is faster than hashing them.
    private static let linearLimit = 24

    mutating func append(_ key: String, _ value: JSON) {
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

    func object() -> JSONObject { JSONObject(unique: members) }
}
