// SPDX-License-Identifier: MIT

/// A JSON object that keeps the order of its keys.
///
/// Finding a key takes time in proportion to the number of members: the objects of
/// events are small, and an array is the fastest to write. Setting a key that exists
/// keeps its place. Keys are compared by their UTF-8 bytes.
///
/// ```swift
/// var properties: JSONObject = ["plan": "guest", "seats": 2]
/// properties["seats"] = 3
/// properties["plan"] = nil  // removed
/// ```
public struct JSONObject: Sendable {
    /// One key and its value. It is not a tuple, since arrays of tuples are copied and
    /// freed by generic code.
    package struct Member: Sendable {
        package var key: String
        package var value: JSON

        init(_ key: String, _ value: JSON) {
            self.key = key
            self.value = value
        }
    }

    /// The members in order. No key appears twice.
    package private(set) var members: [Member]

    /// An object without members.
    public init() { members = [] }

    /// An object of these members. Of two members with one key the later value stays, in
    /// the place of the earlier.
    public init(_ pairs: some Sequence<(String, JSON)>) {
        // Comparing a few keys is faster than hashing them. A sequence that does not tell
        // its length may be long.
        guard (1...24).contains(pairs.underestimatedCount) else {
            var list = MemberList()
            for (key, value) in pairs { list.append(key, value) }
            self = list.object()
            return
        }
        members = []
        members.reserveCapacity(pairs.underestimatedCount)
        for (key, value) in pairs { self[key] = value }
    }

    /// An object of members in which no key appears twice.
    init(unique members: [Member]) { self.members = members }

    /// How many members there are.
    public var count: Int { members.count }
    /// True when there are none.
    public var isEmpty: Bool { members.isEmpty }

    /// The value of a key. Setting `nil` removes the key.
    public subscript(key: String) -> JSON? {
        get {
            index(of: key).map { members[$0].value }
        }
        set {
            switch (index(of: key), newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(key, value))
            case (nil, nil): break
            }
        }
    }

    /// The length is compared first: it tells most keys apart without a call.
    @inline(__always)
    private func index(of key: String) -> Int? {
        let length = key.utf8.count
        for index in members.indices
        where members[index].key.utf8.count == length && members[index].key.isIdentical(to: key) { return index }
        return nil
    }

    /// Sets each member of another object in this one.
    public mutating func merge(_ other: JSONObject) {
        // The initializer finds many keys by their hash.
        if other.count > 24 { return self = JSONObject((members + other.members).map { ($0.key, $0.value) }) }
        for member in other.members { self[member.key] = member.value }
    }

    /// Changes the object under a key in place. A value that is no object, or none, is
    /// replaced by an empty object first.
    public mutating func update(_ key: String, _ change: (inout JSONObject) -> Void) {
        if let index = index(of: key) {
            var object = members[index].value.objectValue ?? JSONObject()
            members[index].value = .null  // releases it, so that the change is in place
            change(&object)
            members[index].value = .object(object)
            return
        }
        var object = JSONObject()
        change(&object)
        members.append(Member(key, .object(object)))
    }
}

extension JSONObject: Equatable {
    /// Whether two objects have the same members, in any order.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        return left.members.allSatisfy { right[$0.key] == $0.value }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// An object, from `["key": value]`; of two members with one key the later value stays.
    public init(dictionaryLiteral pairs: (String, JSON)...) { self.init(pairs) }
}

extension JSONObject: Sequence {
    /// The members in order, as tuples.
    public struct Iterator: IteratorProtocol {
        private var members: IndexingIterator<[Member]>

        init(_ members: [Member]) { self.members = members.makeIterator() }

        /// The next member.
        public mutating func next() -> (key: String, value: JSON)? { members.next().map { ($0.key, $0.value) } }
    }

    /// Goes through the members in order.
    public func makeIterator() -> Iterator { Iterator(members) }
    /// How many members there are.
    public var underestimatedCount: Int { members.count }
}
