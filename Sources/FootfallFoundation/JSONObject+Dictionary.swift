// SPDX-License-Identifier: MIT
import Foundation
import FootfallJSON

/// A value in a dictionary that has no JSON form.
public struct DictionaryError: Error, Sendable, CustomStringConvertible {
    /// The path of the value, as `items[3].price`.
    public let field: String
    /// What is wrong with it.
    public let problem: String

    /// The field and the problem.
    public var description: String { field.isEmpty ? problem : "\(field): \(problem)" }
}

extension JSONObject {
    /// The members of a dictionary of any values.
    ///
    /// Texts, numbers, booleans, `nil`, `NSNull`, `Date`, `URL`, `UUID`, `Decimal`, `Data`, `Encodable`
    /// values, and arrays and dictionaries of them are taken. An `NSNumber` made of a boolean is a
    /// boolean, any other a number. A number that is not finite becomes `null`.
    ///
    /// A dictionary has no order: the members are sorted by their keys. Where the order matters, write a
    /// literal of `JSONObject`.
    ///
    /// - Throws: ``DictionaryError`` for any other value, and for more than 100 levels.
    public init(dictionary: [String: Any]) throws(DictionaryError) {
        self = try DictionaryReader(depth: 0).object(dictionary, "")
    }
}

/// Makes JSON of values whose types are known only when the program runs.
private struct DictionaryReader {
    let depth: Int
    /// As many as the parser accepts, so that a dictionary that contains itself ends.
    private static let maximumDepth = 100

    init(depth: Int) { self.depth = depth }

    func object(_ dictionary: [String: Any], _ path: String) throws(DictionaryError) -> JSONObject {
        var members: [(String, JSON)] = []
        members.reserveCapacity(dictionary.count)
        let keys = dictionary.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for key in keys {
            guard let value = dictionary[key] else { continue }
            members.append((key, try inner.json(value, path.isEmpty ? key : "\(path).\(key)")))
        }
        return JSONObject(members)
    }

    private var inner: DictionaryReader { DictionaryReader(depth: depth + 1) }

    private func json(_ value: Any, _ path: String) throws(DictionaryError) -> JSON {
        guard depth <= Self.maximumDepth else {
            throw DictionaryError(field: path, problem: "it is more than \(Self.maximumDepth) levels deep")
        }
        // By its class first: an NSNumber of 1 is also a Bool and a Double to `as`.
        if type(of: value) is NSNumber.Type, let number = value as? NSNumber { return Self.json(number) }
        switch value {
        case let value as JSON: return value
        case let value as JSONObject: return .object(value)
        case let value as any JSONConvertible: return value.json
        case let value as String: return .string(value)
        case let value as any StringProtocol: return .string(String(value))
        case is NSNull: return .null
        // The classes behind Foundation's values.
        case let value as Date: return value.json
        case let value as URL: return value.json
        case let value as UUID: return value.json
        case let value as Data: return value.json
        case let value as [String: Any]: return .object(try object(value, path))
        case let value as [Any]: return try array(value, path)
        default: break
        }
        let mirror = Mirror(reflecting: value)
        if mirror.displayStyle == .optional {
            guard let some = mirror.children.first?.value else { return .null }
            return try inner.json(some, path)
        }
        guard let encodable = value as? any Encodable else {
            throw DictionaryError(
                field: path, problem: "a value of type \(type(of: value)) is no JSON; make the type Encodable")
        }
        do {
            return try JSON(encoding: encodable)
        } catch {
            throw DictionaryError(field: path, problem: "it cannot be encoded (\(error))")
        }
    }

    private func array(_ values: [Any], _ path: String) throws(DictionaryError) -> JSON {
        var elements: [JSON] = []
        elements.reserveCapacity(values.count)
        for (index, value) in values.enumerated() { elements.append(try inner.json(value, "\(path)[\(index)]")) }
        return .array(elements)
    }

    private static func json(_ number: NSNumber) -> JSON {
        if let decimal = number as? NSDecimalNumber { return (decimal as Decimal).json }
        if isBoolean(number) { return .bool(number.boolValue) }
        switch UInt8(bitPattern: number.objCType.pointee) {
        case UInt8(ascii: "d"): return .double(number.doubleValue)
        // By its text: 0.1 stays 0.1, which the nearest double of a Float is not.
        case UInt8(ascii: "f"): return .double(Double(number.floatValue.description) ?? number.doubleValue)
        case UInt8(ascii: "Q"):
            return Int64(exactly: number.uint64Value).map { .int($0) } ?? .number("\(number.uint64Value)")
        default: return .int(number.int64Value)
        }
    }

    /// Each of the two booleans is one object, however often it is made.
    private static func isBoolean(_ number: NSNumber) -> Bool {
        number === NSNumber(value: true) || number === NSNumber(value: false)
    }
}
