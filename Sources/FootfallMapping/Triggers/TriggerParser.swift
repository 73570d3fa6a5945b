// SPDX-License-Identifier: MIT
import FootfallJSON

/// Parses the tokens of a trigger from left to right.
///
/// There is no precedence: the last `and` or `or` of a level applies to the whole level.
/// Unknown fields are skipped.
struct TriggerParser {
    private var tokens: ArraySlice<Token>

    private init(_ tokens: ArraySlice<Token>) { self.tokens = tokens }

    static func tree(of text: String) throws(TriggerError) -> ConditionTree {
        let tokens = try TriggerLexer.tokens(of: text)
        var parser = TriggerParser(tokens[...])
        switch try parser.level(isGroup: false) {
        case .empty: throw TriggerError(problem: "there is no condition", offset: 0)
        case .condition(let condition): return .group(isAny: false, [.condition(condition)])
        case let group: return group
        }
    }

    private mutating func next() -> Token? { tokens.popFirst() }

    private mutating func level(isGroup: Bool) throws(TriggerError) -> ConditionTree {
        var nodes: [ConditionTree] = []
        var isAny = false
        while let token = next(), token.kind != .end {
            switch token.kind {
            case .identifier:
                try field(token, &nodes)
                if Self.isFunction(token) { try function(token, isNegated: false, &nodes) }
            case .operation where token.value == "!":
                if let function = tokens.first, Self.isFunction(function) {
                    tokens.removeFirst()
                    try self.function(function, isNegated: true, &nodes)
                }
            case .parenthesisLeft:
                guard !isGroup, let end = tokens.firstIndex(where: { $0.kind == .parenthesisRight }) else {
                    let problem = isGroup ? "a group must not be within another" : "the parenthesis is not closed"
                    throw TriggerError(problem: problem, offset: token.offset)
                }
                var group = TriggerParser(Array(tokens[..<end] + [.end(at: tokens[end].offset)])[...])
                tokens = tokens[(end + 1)...]
                nodes.append(try group.level(isGroup: true))
            case .conditional: isAny = token.value == "or"
            default: break
            }
        }
        guard nodes.count > 1 else { return nodes.first ?? .empty }
        return .group(isAny: isAny, nodes)
    }

    private mutating func field(_ token: Token, _ nodes: inout [ConditionTree]) throws(TriggerError) {
        let first = token.value.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
        guard let subject = Condition.Subject(field: String(first)) else { return }
        guard let operation = next() else {
            throw TriggerError(
                kind: .missingOperator, problem: "an operator is missing after \(token.value)", offset: token.offset)
        }
        guard let value = next() else {
            throw TriggerError(
                kind: .missingValue, problem: "a value is missing after \(token.value)", offset: token.offset)
        }
        nodes.append(.condition(Self.condition(subject, token.value, operation.value, value)))
    }

    private static func condition(
        _ subject: Condition.Subject, _ field: String, _ operation: String, _ value: Token
    ) -> Condition {
        let name = subject.root.map { Self.name(field, below: $0) }
        func condition(_ operation: String, _ value: JSON? = nil) -> Condition {
            Condition(subject: subject, name: name, operation: operation, value: value)
        }
        let content = Self.content(value)
        guard subject != .type, subject != .event else { return condition(operation, .string(content.javaScriptText)) }
        switch (operation, value.value) {
        case ("=", "null"): return condition("not_exists")
        case ("!=", "null"): return condition("exists")
        case ("=", "true") where subject != .name: return condition("is_true")
        case ("=", "false") where subject != .name: return condition("is_false")
        default: break
        }
        guard subject.root != nil else { return condition(operation, .string(content.javaScriptText)) }
        guard value.kind == .number else { return condition(operation, content) }
        switch operation {
        case "=": return condition("number_equals", content)
        case "!=": return condition("number_not_equals", content)
        default: return condition(operation, content)
        }
    }

    private static func name(_ field: String, below root: String) -> String {
        // By scalars: a combining mark after the dot would make another character of it.
        let prefix = "\(root).".unicodeScalars
        guard field.unicodeScalars.starts(with: prefix) else { return field }
        return String(field.unicodeScalars.dropFirst(prefix.count))
    }

    private static func content(_ token: Token) -> JSON {
        switch token.kind {
        case .text:
            let text = token.value.unicodeScalars
            guard text.first == "\"" else { return .string(token.value) }
            return .string(String(text.dropFirst().dropLast()))
        case .number: return .double(JavaScriptNumber.number(token.value) ?? .nan)
        case .identifier where token.value == "true": return true
        case .identifier where token.value == "false": return false
        default: return .string(token.value)
        }
    }

    private static func isFunction(_ token: Token) -> Bool {
        token.kind == .identifier && (token.value == "contains" || token.value == "match")
    }

    /// Parses `contains(field, value)` or `match(field, value)`. The tokens in the places of the
    /// parentheses and the comma are skipped without a check, as in Segment's code.
    private mutating func function(
        _ token: Token, isNegated: Bool, _ nodes: inout [ConditionTree]
    ) throws(TriggerError) {
        _ = next()
        let field = next()
        _ = next()
        let pattern = next()
        _ = next()
        guard let field, let pattern else {
            throw TriggerError(problem: "\(token.value)() needs a field and a value", offset: token.offset)
        }
        var text = Self.content(pattern).javaScriptText
        var operation = "contains"
        if token.value == "match" {
            let isPrefix = pattern.value.utf8.suffix(2).elementsEqual("*\"".utf8)
            operation = isPrefix ? "starts_with" : "ends_with"
            text = String(isPrefix ? text.unicodeScalars.dropLast() : text.unicodeScalars.dropFirst())
        }
        if isNegated { operation = "not_" + operation }
        guard let subject = Self.functionSubject(field.value) else { return }
        nodes.append(
            .condition(
                Condition(
                    subject: subject, name: subject.root.map { Self.name(field.value, below: $0) },
                    operation: operation, value: .string(text))))
    }

    private static func functionSubject(_ field: String) -> Condition.Subject? {
        switch field {
        case "event", "name", "userId": return Condition.Subject(field: field)
        default:
            let root = ["properties", "traits", "context"].first { field.utf8.starts(with: $0.utf8) }
            return root.flatMap { Condition.Subject(field: $0) }
        }
    }
}
