// SPDX-License-Identifier: MIT
import FootfallJSON

/// Compiles a mapping to an ``Expression``.
///
/// A fault that ``MappingValidator`` does not find becomes an ``Expression/failure(_:)``,
/// which fails for each event, as Segment's code does.
struct ExpressionCompiler {
    /// The paths into the event.
    private(set) var table = PathTable()
    /// False inside a part that is evaluated in another value than the event.
    private var isInEvent = true

    init() {}

    mutating func compile(_ mapping: JSON) -> Expression {
        switch mapping {
        case .object(let object):
            if let directive = Self.directive(object) { return compile(directive.name, directive.options) }
            var members: [Expression.Member] = []
            for member in object.members { members.append(.init(key: member.key, value: compile(member.value))) }
            return Self.folded(members)
        case .array(let elements): return Self.folded(compile(elements))
        default: return .constant(mapping)
        }
    }

    private mutating func compile(_ elements: [JSON]) -> [Expression] {
        var expressions: [Expression] = []
        for element in elements { expressions.append(compile(element)) }
        return expressions
    }

    private mutating func compile(optional value: JSON?) -> Expression? {
        guard let value else { return nil }
        return compile(value)
    }

    /// Compiles a part that is evaluated in another value than the event.
    private mutating func compile(elsewhere mapping: JSON) -> Expression {
        let before = isInEvent
        isInEvent = false
        defer { isInEvent = before }
        return compile(mapping)
    }

    /// The first directive of an object that has only directives and `_metadata`.
    static func directive(_ object: JSONObject) -> (name: String, options: JSON)? {
        guard object.members.allSatisfy({ $0.key.utf8.first == UInt8(ascii: "@") || $0.key == "_metadata" }),
            let member = object.members.first(where: { $0.key.utf8.first == UInt8(ascii: "@") })
        else { return nil }
        return (member.key, member.value)
    }

    /// Whether any key of an object is a directive.
    static func hasDirective(_ object: JSONObject) -> Bool {
        object.members.contains { $0.key.utf8.first == UInt8(ascii: "@") }
    }

    private static func folded(_ members: [Expression.Member]) -> Expression {
        var constants: [(String, JSON)] = []
        for member in members {
            guard case .constant(let value) = member.value else { return .object(members) }
            constants.append((member.key, value))
        }
        return .constant(.object(JSONObject(constants)))
    }

    private static func folded(_ elements: [Expression]) -> Expression {
        var list: [JSON] = []
        for element in elements {
            guard case .constant(let value) = element else { return .list(elements) }
            list.append(value)
        }
        return .constant(.array(list))
    }

    private mutating func compile(_ name: String, _ options: JSON) -> Expression {
        switch name {
        case "@path": return path(options)
        case "@template": return template(options)
        case "@literal": return compile(options)
        case "@excludeWhenNull": return .withoutNulls(compile(options))
        case "@arrayPath": return arrayPath(options)
        case "@if", "@case", "@replace", "@json", "@flatten", "@merge", "@transform":
            guard case .object(let object) = options else { return .failure(Self.needsObject[name] ?? name) }
            return compile(name, object)
        case "@liquid": return .failure(MappingValidator.liquidProblem)
        default: return .failure("\(name) is not a valid directive, got undefined")
        }
    }

    private static let needsObject = [
        "@if": #"@if requires an object with an "exists" key"#,
        "@case": #"@case requires an object with a "operator" key"#,
        "@replace": #"@replace requires an object with a "pattern" key"#,
        "@json": #"@json requires an object with a "value" key"#,
        "@flatten": #"@flatten requires an object with a "separator" key"#,
        "@merge": #"@merge requires an object with an "objects" key and a "direction" key"#,
        "@transform": #"@transform requires an object with an "apply" key and a "mapping" key"#,
    ]

    private mutating func compile(_ name: String, _ options: JSONObject) -> Expression {
        switch name {
        case "@if": choice(options)
        case "@case": letterCase(options)
        case "@replace": replace(options)
        case "@json": json(options)
        case "@flatten": flatten(options)
        case "@merge": merge(options)
        default: transform(options)
        }
    }

    private mutating func path(_ options: JSON) -> Expression {
        if case .string(let text) = options { return path(text) }
        return .computedPath(compile(options))
    }

    private mutating func path(_ text: String) -> Expression {
        let path = Path(rooted: text)
        return isInEvent ? .slot(table.slot(for: path)) : .path(path)
    }

    private mutating func template(_ options: JSON) -> Expression {
        if case .string(let text) = options { return .template(Template(text)) }
        return .computedTemplate(compile(options))
    }

    private mutating func arrayPath(_ options: JSON) -> Expression {
        guard case .array(let parts) = options else {
            return .failure("@arrayPath expected array, got \(options.javaScriptType)")
        }
        let list: Expression
        switch parts.first {
        case .string(let text)?: list = path(text)
        case let part?: list = compile(part)
        case nil: return .nothing
        }
        guard parts.count > 1, case .object(let shape) = parts[1], !shape.isEmpty else {
            return .arrayPath(list, shape: nil)
        }
        return .arrayPath(list, shape: compile(elsewhere: parts[1]))
    }

    private mutating func choice(_ options: JSONObject) -> Expression {
        let exists = options["exists"]
        let blank = options["blank"]
        guard exists?.isTruthy == true || blank?.isTruthy == true, let condition = exists ?? blank else {
            return .failure(#"@if requires an "exists" key or a "blank" key"#)
        }
        return .choice(
            .init(
                condition: compile(condition), excludesBlank: exists == nil, then: compile(optional: options["then"]),
                otherwise: compile(optional: Self.truthy(options["else"]))))
    }

    private static func truthy(_ value: JSON?) -> JSON? {
        guard let value, value.isTruthy else { return nil }
        return value
    }

    private mutating func letterCase(_ options: JSONObject) -> Expression {
        guard let name = options["operator"], name.isTruthy else {
            return .failure(#"@case requires a "operator" key"#)
        }
        guard let value = options["value"], value.isTruthy else { return .nothing }
        let isUpper: Bool? = name == "upper" ? true : name == "lower" ? false : nil
        return .letterCase(isUpper: isUpper, compile(value))
    }

    private mutating func replace(_ options: JSONObject) -> Expression {
        guard let pattern = options["pattern"], pattern.isTruthy else {
            return .failure(#"@replace requires a "pattern" key"#)
        }
        guard let value = options["value"], value.isTruthy else { return .nothing }
        func option(_ key: String, _ otherwise: JSON) -> JSON {
            if let value = options[key], !value.isNull { value } else { otherwise }
        }
        // Options of the wrong type: every value becomes the empty text.
        guard case .string(let pattern) = pattern, case .string(let replacement) = option("replacement", ""),
            case .bool(let ignoresCase) = option("ignorecase", false), case .bool(let isGlobal) = option("global", true)
        else { return .replace([], .constant([]), failure: nil) }
        var pairs = [(pattern, replacement)]
        if case .string(let second)? = options["pattern2"], !second.isEmpty,
            case .string(let replacement) = option("replacement2", "")
        {
            pairs.append((second, replacement))
        }
        return .replace(
            pairs.map {
                Replacement(pattern: $0.0, replacement: $0.1, ignoresCase: ignoresCase, isGlobal: isGlobal)
            }, compile(value), failure: pairs.lazy.compactMap(Self.tooLong).first)
    }

    private static func tooLong(_ pattern: String, _ replacement: String) -> String? {
        let limit = Replacement.maximumLength
        if pattern.utf16.count > limit { return "@replace requires a \"pattern\" less than \(limit) characters" }
        if replacement.utf16.count > limit {
            return "@replace requires a \"replacement\" less than \(limit) characters"
        }
        return nil
    }

    private mutating func json(_ options: JSONObject) -> Expression {
        guard let mode = options["mode"], mode.isTruthy else { return .failure(#"@json requires a "mode" key"#) }
        guard let value = options["value"], value.isTruthy else { return .failure(#"@json requires a "value" key"#) }
        switch mode {
        case "encode": return .encode(compile(value))
        case "decode": return .decode(compile(value))
        default: return .nothing
        }
    }

    private mutating func flatten(_ options: JSONObject) -> Expression {
        guard let separator = options["separator"], separator.isTruthy else {
            return .failure(#"@flatten requires a "separator" key"#)
        }
        guard case .string(let text) = separator else { return .failure("@flatten requires a string separator") }
        let flattening = Flattening(separator: text, keepsLists: options["omitArrays"]?.isTruthy == true)
        return .flatten(flattening, compile(optional: options["value"]) ?? .nothing)
    }

    private mutating func merge(_ options: JSONObject) -> Expression {
        guard let direction = options["direction"], direction.isTruthy else {
            return .failure(#"@merge requires a "direction" key"#)
        }
        guard let objects = options["objects"], objects.isTruthy else {
            return .failure(#"@merge requires a "objects" key"#)
        }
        guard case .array(let elements) = objects else {
            return .failure("@merge: expected opts.array, got \(objects.javaScriptType)")
        }
        return .merge(compile(elements), isLeft: direction == "left")
    }

    private mutating func transform(_ options: JSONObject) -> Expression {
        guard let mapping = options["mapping"], mapping.isTruthy else {
            return .failure(#"@transform requires a "mapping" key"#)
        }
        guard let apply = options["apply"], apply.isTruthy else {
            return .failure(#"@transform requires a "apply" key"#)
        }
        guard case .object(let object) = apply else {
            return .failure(#"@transform "apply" key should be an object"#)
        }
        do throws(MappingError) {
            return .transform(try Mapping.compiled(object), compile(elsewhere: mapping))
        } catch {
            return .failure(error.description)
        }
    }
}
