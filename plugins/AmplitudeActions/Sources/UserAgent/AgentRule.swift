// SPDX-License-Identifier: MIT

/// One row of a table: patterns, and the values that a match gives.
///
/// The first pattern that matches decides; later patterns and rows are not tried.
final class AgentRule: Sendable {
    let patterns: [AgentPattern]
    /// The notations that did not compile; empty in a correct table.
    let mistakes: [String]
    private let constants: AgentFindings
    private let edits: [AgentEdit]

    init(_ notations: [String], constants: AgentFindings = AgentFindings(), edits: [AgentEdit] = []) {
        let compiled = notations.map { AgentPattern($0) }
        patterns = compiled.compactMap { $0 }
        mistakes = zip(notations, compiled).filter { $0.1 == nil }.map { $0.0 }
        self.constants = constants
        self.edits = edits
    }

    /// The values for the matcher's text; nil when no pattern matches.
    func apply(_ matcher: inout AgentMatcher) -> AgentFindings? {
        for pattern in patterns {
            guard let marks = matcher.match(pattern) else { continue }
            var findings = constants
            for (number, field) in pattern.fields.enumerated() {
                // An empty capture counts as none.
                guard let value = matcher.capture(number, of: marks) else { continue }
                findings[field] = value.isEmpty ? nil : value
            }
            for edit in edits { edit.apply(&findings) }
            return findings
        }
        return nil
    }
}

/// The values that a match gives.
struct AgentFindings: Sendable, Equatable {
    var name: String?
    var version: String?
    var vendor: String?
    var model: String?
    var type: String?

    subscript(field: AgentField) -> String? {
        get {
            switch field {
            case .name: name
            case .version: version
            case .vendor: vendor
            case .model: model
            case .type: type
            }
        }
        set {
            switch field {
            case .name: name = newValue
            case .version: version = newValue
            case .vendor: vendor = newValue
            case .model: model = newValue
            case .type: type = newValue
            }
        }
    }
}

/// A change to a captured value.
enum AgentEdit: Sendable {
    case replace(AgentField, Character, with: Character)
    case prefix(AgentField, String)
    case suffix(AgentField, String)
    case lowercase(AgentField)
    /// Removes white space at both ends. Only this edit keeps an empty text.
    case trim(AgentField)
    /// Replaces the value by the first entry whose key it contains, if there is one.
    case look(AgentField, [AgentVersionEntry])

    func apply(_ findings: inout AgentFindings) {
        switch self {
        case .replace(let field, let old, let new):
            findings[field] = findings[field].map { String($0.map { $0 == old ? new : $0 }) }
        case .prefix(let field, let text): findings[field] = findings[field].map { text + $0 }
        case .suffix(let field, let text): findings[field] = findings[field].map { $0 + text }
        case .lowercase(let field): findings[field] = findings[field]?.lowercased()
        case .trim(let field): findings[field] = AgentEdit.trimmed(findings[field] ?? "")
        case .look(let field, let entries):
            guard let value = findings[field] else { return }
            let symbols = value.utf16.map(AgentSymbol.of)
            guard let entry = entries.first(where: { AgentEdit.contains(symbols, $0.key) }) else { return }
            findings[field] = entry.version
        }
    }

    private static func trimmed(_ text: String) -> String {
        let isSpace: (UInt16) -> Bool = { AgentSymbolSet.space.contains(AgentSymbol.of($0)) }
        var units = text.utf16.drop(while: isSpace)
        while let last = units.last, isSpace(last) { units.removeLast() }
        return String(decoding: Array(units), as: UTF16.self)
    }

    private static func contains(_ symbols: [UInt8], _ key: String) -> Bool {
        let key = key.utf16.map(AgentSymbol.of)
        return symbols.indices.contains { symbols[$0...].starts(with: key) }
    }
}

/// The name of a version that contains a key.
struct AgentVersionEntry: Sendable {
    let key: String
    /// Nil for a version that is not known.
    let version: String?
}
