// SPDX-License-Identifier: MIT
import FootfallJSON

/// A mapping in the language of Segment's mapping kit, compiled once for many events.
///
/// ```swift
/// let mapping = try Mapping(compiling: ["title": ["@template": "Viewed {{name}}"], "kind": "page"])
/// try mapping.evaluate(["type": "page", "name": "Home"])  // {"title": "Viewed Home", "kind": "page"}
/// ```
///
/// Each object with one key that begins with `@` is a directive. Everything else stands for itself. A key whose
/// directive has no value is left out.
///
/// | Directive | Its value |
/// |---|---|
/// | `{"@path": "$.properties.items[0].price"}` | The value at this path of the event. |
/// | `{"@template": "{{userId}} in {{context.locale}}"}` | The text with the values at these paths. |
/// | `{"@literal": true}` | The value itself. |
/// | `{"@if": {"exists": A, "then": B, "else": C}}` | B if A has a value that is not null, else C. `blank` instead of `exists` counts the empty text as no value. |
/// | `{"@case": {"operator": "upper", "value": A}}` | The text in capitals; `lower` in small letters. |
/// | `{"@replace": {"pattern": "-", "replacement": "_", "value": A}}` | The text with all matches of a plain pattern replaced. `"global": false` replaces the first one, `"ignorecase": true` ignores capitals. |
/// | `{"@arrayPath": ["$.properties.items", {"sku": {"@path": "$.id"}}]}` | The list, with each element mapped. |
/// | `{"@json": {"mode": "encode", "value": A}}` | The value as JSON text; `decode` reads one. |
/// | `{"@flatten": {"value": A, "separator": "."}}` | The object with one level; its keys are the paths. |
/// | `{"@merge": {"objects": [A, B], "direction": "right"}}` | One object; with `right` the later objects win. |
/// | `{"@transform": {"apply": A, "mapping": B}}` | B, mapped from the result of A instead of the event. |
/// | `{"@excludeWhenNull": A}` | The value without the members that are null. |
///
/// A, B and C are directives or values. `@liquid` is refused. A mapping may have 64 levels.
public struct Mapping: Sendable {
    /// How many levels a mapping may have: more than any useful one, and few enough for the
    /// stack of a thread.
    package static let maximumDepth = 64

    /// An expression and the paths that it needs.
    struct Compiled: Sendable {
        var expression: Expression
        var paths: PathTable

        func value(in data: JSON) throws(EvaluationError) -> JSON? {
            try expression.value(in: Scope(data: data, values: paths.values(in: data)))
        }
    }

    private let root: Compiled
    /// The keys at the top, in their order; `nil` when the whole mapping is one directive, so
    /// that the keys depend on the event.
    package let keys: [String]?
    private let members: [Expression]

    /// Checks and compiles a mapping.
    ///
    /// - Throws: ``MappingError`` with every fault and its place.
    public init(compiling mapping: JSONObject) throws(MappingError) {
        let compiled = try Self.compiled(mapping)
        root = compiled
        switch compiled.expression {
        case .object(let members):
            keys = members.map(\.key)
            self.members = members.map(\.value)
        case .constant(.object(let object)):
            keys = object.members.map(\.key)
            members = object.members.map { .constant($0.value) }
        default:
            keys = nil
            members = []
        }
    }

    /// The mapping's result for an event.
    ///
    /// From any thread.
    ///
    /// - Parameter event: An object in the form of Segment's specification.
    /// - Returns: `nil` when the mapping is one directive that has no value.
    /// - Throws: ``EvaluationError`` when the event is not an object, or when a value in it has
    ///   the wrong type for a directive.
    public func evaluate(_ event: JSON) throws(EvaluationError) -> JSON? {
        try Self.expectObject(event)
        return try root.value(in: event)
    }

    /// Calls `body` with the index in ``keys`` and the value of each key that has a value.
    ///
    /// Faster than ``evaluate(_:)``, because it builds no object.
    ///
    /// - Throws: ``EvaluationError`` when the event is not an object, or when a value in it has
    ///   the wrong type for a directive.
    package func forEachValue(in event: JSON, _ body: (Int, JSON) -> Void) throws(EvaluationError) {
        try Self.expectObject(event)
        let scope = Scope(data: event, values: root.paths.values(in: event))
        for index in members.indices {
            if let value = try members[index].value(in: scope) { body(index, value) }
        }
    }

    /// The key of a directive whose `mapping` consists of all other keys.
    static let rootKey = "__segment_internal_directive"

    static func expectObject(_ data: JSON) throws(EvaluationError) {
        if case .object = data { return }
        throw EvaluationError("data must be an object, got \(data.javaScriptType)")
    }

    static func compiled(_ mapping: JSONObject) throws(MappingError) -> Compiled {
        let rooted = try withRootDirective(mapping)
        guard isShallow(.object(rooted), depth: 0) else {
            throw MappingError(messages: ["/ is nested deeper than \(maximumDepth) levels."])
        }
        let messages = MappingValidator.problems(of: .object(rooted))
        guard messages.isEmpty else { throw MappingError(messages: messages) }
        var compiler = ExpressionCompiler()
        let expression = compiler.compile(.object(rooted))
        return Compiled(expression: expression, paths: compiler.table)
    }

    private static func isShallow(_ value: JSON, depth: Int) -> Bool {
        guard depth <= maximumDepth else { return false }
        switch value {
        case .object(let object): return object.members.allSatisfy { isShallow($0.value, depth: depth + 1) }
        case .array(let elements): return elements.allSatisfy { isShallow($0, depth: depth + 1) }
        default: return true
        }
    }

    private static func withRootDirective(_ mapping: JSONObject) throws(MappingError) -> JSONObject {
        guard let root = mapping[rootKey] else { return mapping }
        var others = mapping
        others[rootKey] = nil
        guard case .object(var directive) = root, directive.count <= 1 else {
            throw MappingError(
                messages: ["The root mapping must only have a single directive object"], isAboutParts: false)
        }
        guard let member = directive.members.first else { throw unusableRoot }
        switch member.value {
        case .object(var options):
            options["mapping"] = .object(others)
            directive[member.key] = .object(options)
        case .array: break
        default: throw unusableRoot
        }
        return directive
    }

    private static let unusableRoot = MappingError(
        messages: ["The root directive must be an object"], isAboutParts: false)
}
