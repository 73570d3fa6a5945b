// SPDX-License-Identifier: MIT

extension JSON {
    /// The JSON of an `Encodable` value, by the encoding of the standard library, without Foundation.
    ///
    /// ```swift
    /// struct Order: Encodable {
    ///     var sku: String
    ///     var count: Int
    /// }
    /// let json = try JSON(encoding: Order(sku: "A-7", count: 2))  // {"sku":"A-7","count":2}
    /// ```
    ///
    /// Members keep the order in which `encode(to:)` writes them; those of a `Dictionary` are sorted by
    /// their keys. A number that is not finite becomes `null`. A `Date` becomes a number of seconds
    /// since 2001, as `encode(to:)` of Foundation says, unless the program links `FootfallFoundation`.
    ///
    /// - Throws: what `encode(to:)` throws, and `EncodingError` for values more than 100 levels deep.
    public init(encoding value: some Encodable) throws {
        let node = EncodedNode()
        try node.encode(value, [])
        self = node.json
    }
}

extension JSONObject {
    /// The members of an `Encodable` value that is encoded as an object; see ``JSON/init(encoding:)``.
    ///
    /// - Throws: as ``JSON/init(encoding:)``, and `EncodingError` when the value is no object.
    public init(encoding value: some Encodable) throws {
        let json = try JSON(encoding: value)
        guard case .object(let object) = json else {
            let why = "it must be an object, this is \(json.kind)"
            throw EncodingError.invalidValue(value, EncodingError.Context(codingPath: [], debugDescription: why))
        }
        self = object
    }
}

/// A value that is being encoded. Encoders and containers are values themselves and share it.
private final class EncodedNode {
    private enum Content {
        case nothing
        case value(JSON)
        case object([(key: String, node: EncodedNode)])
        case array([EncodedNode])
    }

    private var content = Content.nothing
    /// How many values are being encoded around this one, and in its place.
    private var level: Int

    /// As many as the parser accepts, so that a value that contains itself ends.
    private static let maximumDepth = 100

    init(level: Int = 0) { self.level = level }

    /// What was encoded. A value that encoded nothing is an empty object.
    var json: JSON {
        switch content {
        case .nothing: .object(JSONObject())
        case .value(let value): value
        case .object(let members): .object(JSONObject(members.lazy.map { ($0.key, $0.node.json) }))
        case .array(let elements): .array(elements.map(\.json))
        }
    }

    /// How many elements the array has.
    var count: Int {
        if case .array(let elements) = content { return elements.count }
        return 0
    }

    func set(_ value: JSON) { content = .value(value) }

    /// The value is an object, if it is not one already: the second container of a subclass adds members.
    func beginObject() {
        if case .object = content { return }
        content = .object([])
    }

    func beginArray() {
        if case .array = content { return }
        content = .array([])
    }

    func member(_ key: String) -> EncodedNode {
        guard case .object(var members) = content else { return EncodedNode() }
        content = .nothing  // releases it, so that the change is in place
        let node = EncodedNode(level: level)
        members.append((key, node))
        content = .object(members)
        return node
    }

    func element() -> EncodedNode {
        guard case .array(var elements) = content else { return EncodedNode() }
        content = .nothing  // releases it, so that the change is in place
        let node = EncodedNode(level: level)
        elements.append(node)
        content = .array(elements)
        return node
    }

    func encode<T: Encodable>(_ value: T, _ path: [any CodingKey]) throws {
        switch value {
        case let value as String: set(.string(value))
        case let value as Bool: set(.bool(value))
        case let value as any BinaryInteger:
            set(Int64(exactly: value).map { .int($0) } ?? .number(String(describing: value)))
        case let value as Double: set(.double(value))
        // By its text: 0.1 stays 0.1, which the nearest double of a Float is not.
        case let value as Float: set(.double(Double(value.description) ?? Double(value)))
        case let value as any JSONConvertible: set(value.json)
        default:
            level += 1
            guard level <= Self.maximumDepth else {
                throw EncodingError.invalidValue(
                    value,
                    EncodingError.Context(
                        codingPath: path, debugDescription: "it is more than \(Self.maximumDepth) levels deep"))
            }
            try value.encode(to: NodeEncoder(node: self, codingPath: path))
            if value is any UnorderedMembers { sortMembers() }
        }
    }

    private func sortMembers() {
        guard case .object(let members) = content else { return }
        content = .object(members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
    }
}

/// A dictionary has another order in each process, so its members are sorted.
private protocol UnorderedMembers {}
extension Dictionary: UnorderedMembers where Key: Encodable, Value: Encodable {}

private struct NodeEncoder: Encoder {
    let node: EncodedNode
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        node.beginObject()
        return KeyedEncodingContainer(ObjectContainer(node: node, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        node.beginArray()
        return ArrayContainer(node: node, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        ValueContainer(node: node, codingPath: codingPath)
    }
}

private struct ValueContainer: SingleValueEncodingContainer {
    let node: EncodedNode
    let codingPath: [any CodingKey]

    mutating func encodeNil() { node.set(.null) }
    mutating func encode<T: Encodable>(_ value: T) throws { try node.encode(value, codingPath) }
}

private struct ObjectContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: EncodedNode
    let codingPath: [any CodingKey]

    private func child(_ key: some CodingKey) -> NodeEncoder {
        NodeEncoder(node: node.member(key.stringValue), codingPath: codingPath + [key])
    }

    mutating func encodeNil(forKey key: Key) { child(key).node.set(.null) }

    mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        let child = child(key)
        try child.node.encode(value, child.codingPath)
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        child(key).container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        child(key).unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder { child(Place("super")) }
    mutating func superEncoder(forKey key: Key) -> any Encoder { child(key) }
}

private struct ArrayContainer: UnkeyedEncodingContainer {
    let node: EncodedNode
    let codingPath: [any CodingKey]
    var count: Int { node.count }

    private func child() -> NodeEncoder {
        let place = Place(intValue: node.count)
        return NodeEncoder(node: node.element(), codingPath: codingPath + [place])
    }

    mutating func encodeNil() { child().node.set(.null) }

    mutating func encode<T: Encodable>(_ value: T) throws {
        let child = child()
        try child.node.encode(value, child.codingPath)
    }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        child().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { child().unkeyedContainer() }
    mutating func superEncoder() -> any Encoder { child() }
}

/// A place that the encoded type has no key for.
private struct Place: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(_ name: String) { (stringValue, intValue) = (name, nil) }
    init(stringValue: String) { self.init(stringValue) }
    init(intValue: Int) { (stringValue, self.intValue) = ("Index \(intValue)", intValue) }
}
