// SPDX-License-Identifier: MIT

/// A JSON object that keeps the order of its keys.
///
/// Look-up is linear: the objects of events are small, and an ordered array is
/// what is written fastest. Setting a key that exists keeps its place. Keys are
/// the same when their UTF-8 bytes are.
///
/// ```swift
/// var properties: JSONObject = ["plan": "guest", "seats": 2]
/// properties["seats"] = 3
/// properties["plan"] = nil  // removed
/// ```
public struct JSONObject: Sendable {
    /// One key and its value. No tuple: arrays of tuples are copied and freed by
    /// code that is not made for their type.
    public struct Member: Sendable {
        public var key: String
        public var value: JSON

        init(_ key: String, _ value: JSON) {
            self.key = key
            self.value = value
        }
    }

    /// The members in order. No key appears twice.
    public private(set) var members: [Member]

    /// An object without members.
    public init() { members = [] }

    /// An object of these members; of two with one key the later value stays, in
    /// the place of the earlier.
    public init(_ pairs: some Sequence<(String, JSON)>) {
        // Few are told apart faster without their hash; what does not say how many is many.
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

    /// An object of members that are known to have no key twice.
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

    /// Keys of different lengths are told apart without a call: most are.
    @inline(__always)
    private func index(of key: String) -> Int? {
        let length = key.utf8.count
        for index in members.indices
        where members[index].key.utf8.count == length && members[index].key.isIdentical(to: key) { return index }
        return nil
    }

    /// Puts the members of another object over this one's.
    public mutating func merge(_ other: JSONObject) {
        // Many are found by their hash.
        if other.count > 24 { return self = JSONObject((members + other.members).map { ($0.key, $0.value) }) }
        for member in other.members { self[member.key] = member.value }
    }

    /// Changes the object under a key in place; whatever else was there is
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
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        return left.members.allSatisfy { right[$0.key] == $0.value }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral pairs: (String, JSON)...) { self.init(pairs) }
}

extension JSONObject: Sequence {
    /// Goes through the members in order.
    public struct Iterator: IteratorProtocol {
        private var members: IndexingIterator<[Member]>

        init(_ members: [Member]) { self.members = members.makeIterator() }

        public mutating func next() -> (key: String, value: JSON)? { members.next().map { ($0.key, $0.value) } }
    }

    public func makeIterator() -> Iterator { Iterator(members) }
    public var underestimatedCount: Int { members.count }
}
