// SPDX-License-Identifier: MIT
import FootfallJSON

/// A compiled mapping or a part of one.
///
/// A result of `nil` is JavaScript's undefined: in an object its key is left out, in a list
/// it becomes null.
indirect enum Expression: Sendable {
    case constant(JSON)
    case object([Member])
    case list([Expression])
    case path(Path)
    /// A path whose value ``PathTable`` has looked up.
    case slot(Int)
    case computedPath(Expression)
    case template(Template)
    case computedTemplate(Expression)
    case choice(Choice)
    case letterCase(isUpper: Bool?, Expression)
    case replace([Replacement], Expression, failure: String?)
    case arrayPath(Expression, shape: Expression?)
    case encode(Expression)
    case decode(Expression)
    case flatten(Flattening, Expression)
    case merge([Expression], isLeft: Bool)
    /// Evaluates the first mapping, then the expression in its result.
    case transform(Mapping.Compiled, Expression)
    case withoutNulls(Expression)
    case nothing
    /// A fault that is reported for each event.
    case failure(String)

    struct Member: Sendable {
        var key: String
        var value: Expression
    }

    /// `@if`.
    struct Choice: Sendable {
        var condition: Expression
        /// Whether an empty value counts as missing (`blank` instead of `exists`).
        var excludesBlank: Bool
        var then: Expression?
        var otherwise: Expression?
    }

    var isConstant: Bool {
        if case .constant = self { true } else { false }
    }

    func value(in scope: Scope) throws(EvaluationError) -> JSON? {
        switch self {
        case .constant(let value): return value
        case .slot(let slot): return scope.values[slot]
        case .path(let path): return path.value(in: scope.data)
        case .object(let members):
            var object = JSONObject()
            for member in members {
                if let value = try member.value.value(in: scope) { object[member.key] = value }
            }
            return .object(object)
        case .list(let elements):
            var list: [JSON] = []
            for element in elements { list.append(try element.value(in: scope) ?? .null) }
            return .array(list)
        case .template(let template): return .string(template.text(for: scope.data))
        case .choice(let choice): return try choice.branch(for: scope)?.value(in: scope)
        case .nothing: return nil
        case .failure(let message): throw EvaluationError(message)
        default: return try directive(in: scope)
        }
    }

    /// The less frequent directives.
    private func directive(in scope: Scope) throws(EvaluationError) -> JSON? {
        switch self {
        case .computedPath(let text): return Path(rooted: try text.text("@path", in: scope)).value(in: scope.data)
        case .computedTemplate(let text):
            return .string(Template(try text.text("@template", in: scope)).text(for: scope.data))
        case .letterCase(let isUpper, let operand):
            let value = try operand.value(in: scope)
            guard case .string(let text)? = value else { return value }
            guard let isUpper else {
                throw EvaluationError("operator key should have a value of \"lower\" or \"upper\"")
            }
            return .string(isUpper ? text.uppercased() : text.javaScriptLowercased())
        case .replace(let replacements, let operand, let failure):
            return try Self.replaced(replacements, operand, failure, scope)
        case .arrayPath(let list, let shape): return try Self.shaped(list, shape, scope)
        case .encode(let operand):
            guard let value = try operand.value(in: scope) else { return nil }
            var buffer = ByteBuffer()
            buffer.append(javaScriptJSON: value)
            return .string(buffer.text())
        case .decode(let operand):
            let value = try operand.value(in: scope)
            // The original's reader takes no byte order mark. A string that is not JSON stays a string.
            guard case .string(let text)? = value, text.unicodeScalars.first != "\u{FEFF}" else { return value }
            return (try? JSONParser.parse(text)) ?? value
        case .flatten(let flattening, let operand): return .object(flattening.flatten(try operand.value(in: scope)))
        case .merge:
            var object = JSONObject()
            try assign(to: &object, in: scope)
            return .object(object)
        case .transform(let apply, let mapping):
            try Mapping.expectObject(scope.data)
            return try mapping.value(in: Scope(data: try apply.value(in: scope.data) ?? .object([:])))
        case .withoutNulls(let operand): return try operand.value(in: scope).flatMap(Self.withoutNulls)
        default: return nil
        }
    }

    private func text(_ directive: String, in scope: Scope) throws(EvaluationError) -> String {
        let value = try self.value(in: scope)
        if case .string(let text)? = value { return text }
        throw EvaluationError("\(directive): expected string, got \(value?.javaScriptType ?? "undefined")")
    }

    private static func replaced(
        _ replacements: [Replacement], _ operand: Expression, _ failure: String?, _ scope: Scope
    ) throws(EvaluationError) -> JSON? {
        let value = try operand.value(in: scope)
        switch value {
        case .string, .bool, .int, .double, .number:
            if let failure { throw EvaluationError(failure) }
            let text = value?.javaScriptText ?? ""
            return .string(replacements.reduce(text) { $1.apply(to: $0) })
        default: return ""
        }
    }

    private static func shaped(
        _ list: Expression, _ shape: Expression?, _ scope: Scope
    ) throws(EvaluationError) -> JSON? {
        let value = try list.value(in: scope)
        guard let shape else { return value }
        let items: [JSON]
        switch value {
        case .array(let elements): items = elements
        case .object(let object): items = [.object(object)]
        default: return value
        }
        var shaped: [JSON] = []
        shaped.reserveCapacity(items.count)
        for item in items { shaped.append(try shape.value(in: Scope(data: item)) ?? .null) }
        return .array(shaped)
    }

    /// The value without the nulls in objects. Lists stay as they are.
    private static func withoutNulls(_ value: JSON) -> JSON? {
        if value.isNull { return nil }
        guard case .object(let object) = value else { return value }
        var result = JSONObject()
        for member in object.members {
            if let value = withoutNulls(member.value) { result[member.key] = value }
        }
        return .object(result)
    }
}

extension Expression {
    /// Merges the object that the expression results in over `target`. A key whose value is
    /// undefined is removed from `target`.
    fileprivate func assign(to target: inout JSONObject, in scope: Scope) throws(EvaluationError) {
        switch self {
        case .object(let members):
            for member in members { target[member.key] = try member.value.value(in: scope) }
        case .choice(let choice): try choice.branch(for: scope)?.assign(to: &target, in: scope)
        case .merge(let objects, let isLeft):
            for object in isLeft ? objects.reversed() : objects { try object.assign(to: &target, in: scope) }
        default:
            if case .object(let object)? = try value(in: scope) { target.merge(object) }
        }
    }
}

extension Expression.Choice {
    func branch(for scope: Scope) throws(EvaluationError) -> Expression? {
        guard let value = try condition.value(in: scope), !value.isNull, !(excludesBlank && Self.isBlank(value)) else {
            return otherwise
        }
        return then
    }

    /// Whether the value equals the empty string with JavaScript's `==`.
    private static func isBlank(_ value: JSON) -> Bool {
        switch value {
        case .string(let text): text.isEmpty
        case .array: value.javaScriptText.isEmpty
        case .object: false
        default: !value.isTruthy
        }
    }
}
