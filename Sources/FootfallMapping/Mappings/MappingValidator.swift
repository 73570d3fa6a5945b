// SPDX-License-Identifier: MIT
import FootfallJSON

/// Finds all faults of a mapping before it is compiled.
///
/// It does not look inside lists, as Segment's code does not: a fault there is reported for
/// each event.
enum MappingValidator {
    static let liquidProblem =
        "is not supported: use @template, @if, @case or @replace instead"

    static func problems(of mapping: JSON) -> [String] {
        var report = Report()
        report.check(mapping, [])
        return report.messages
    }

    private typealias Path = [String]

    /// The values that an option accepts.
    private enum Rule {
        case text
        case shortText(minimum: Int)
        case word([String])
        case flag
        case textOrDirective
        case anything
        case list
        case objectOrDirective
    }

    private struct Option {
        var key: String
        var isRequired = false
        var rule: Rule
    }

    private static let options: [String: [Option]] = [
        "@if": ["exists", "then", "else"].map { Option(key: $0, rule: .anything) },
        "@case": [Option(key: "operator", rule: .text), Option(key: "value", rule: .textOrDirective)],
        "@replace": [
            Option(key: "pattern", isRequired: true, rule: .shortText(minimum: 1)),
            Option(key: "replacement", rule: .shortText(minimum: 0)),
            Option(key: "value", isRequired: true, rule: .textOrDirective),
            Option(key: "ignorecase", rule: .flag), Option(key: "global", rule: .flag),
        ],
        "@json": [
            Option(key: "value", isRequired: true, rule: .anything),
            Option(key: "mode", isRequired: true, rule: .word(["encode", "decode"])),
        ],
        "@flatten": [
            Option(key: "separator", rule: .text), Option(key: "value", isRequired: true, rule: .anything),
        ],
        "@merge": [
            Option(key: "direction", rule: .word(["left", "right"])),
            Option(key: "objects", isRequired: true, rule: .list),
        ],
        "@transform": ["apply", "mapping"].map { Option(key: $0, isRequired: true, rule: .objectOrDirective) },
    ]

    private struct Report {
        var messages: [String] = []

        mutating func add(_ problem: String, _ path: Path) {
            messages.append("/\(path.joined(separator: "/")) \(problem).")
        }

        mutating func add(wanted: String, _ value: JSON?, _ path: Path) {
            let type = Self.type(value)
            add("should be \(wanted) but it is \(indefiniteArticle(type)) \(type)", path)
        }

        static func type(_ value: JSON?) -> String {
            guard let value else { return "undefined" }
            if case .object(let object) = value, ExpressionCompiler.hasDirective(object) { return "directive" }
            return value.javaScriptType
        }

        mutating func check(_ value: JSON, _ path: Path) {
            guard case .object(let object) = value else { return }
            if ExpressionCompiler.hasDirective(object) {
                checkDirective(object, path)
            } else {
                for member in object.members { check(member.value, path + [member.key]) }
            }
        }

        private mutating func checkDirective(_ object: JSONObject, _ path: Path) {
            let names = object.members.map(\.key).filter { $0.utf8.first == UInt8(ascii: "@") }
            let others = object.members.contains {
                $0.key.utf8.first != UInt8(ascii: "@") && $0.key != "_metadata"
            }
            guard names.count == 1, !others, let name = names.first, let value = object[name] else {
                let count = names.count > 1 ? names.count : object.count
                return add("should only have one @-prefixed key but it has \(count) keys", path)
            }
            let inner = path + [name]
            switch name {
            case "@path", "@template": checkTextOrDirective(value, inner)
            case "@literal", "@excludeWhenNull": checkAnything(value, inner)
            case "@arrayPath": checkArrayPath(value, inner)
            case "@liquid": add(MappingValidator.liquidProblem, inner)
            default:
                guard let options = MappingValidator.options[name] else {
                    return add("has an invalid directive: \(name)", path)
                }
                let before = messages.count
                checkOptions(value, options, inner)
                if name == "@merge", messages.count == before { checkMerged(value) }
            }
        }

        private mutating func checkAnything(_ value: JSON, _ path: Path) {
            if Self.type(value) == "directive" { check(value, path) }
        }

        private mutating func checkTextOrDirective(_ value: JSON?, _ path: Path) {
            switch (Self.type(value), value) {
            case ("directive", let value?): check(value, path)
            case ("string", _): break
            default: add(wanted: "a string or a mapping directive", value, path)
            }
        }

        private mutating func checkObjectOrDirective(_ value: JSON, _ path: Path) {
            if case .object = value { return check(value, path) }
            add(wanted: "a object or a mapping directive", value, path)
        }

        private mutating func checkArrayPath(_ value: JSON, _ path: Path) {
            guard case .array(let parts) = value else {
                let type = value.javaScriptType
                return add("should be an array but it is \(indefiniteArticle(type)) \(type)", path)
            }
            let before = messages.count
            checkTextOrDirective(parts.first, path)
            if messages.count == before, parts.count > 1 { check(parts[1], path) }
        }

        /// When there is a fault inside an option, the options themselves are not checked.
        private mutating func checkOptions(_ value: JSON, _ options: [Option], _ path: Path) {
            guard case .object(let object) = value, !ExpressionCompiler.hasDirective(object) else {
                return add(wanted: "an object", value, path)
            }
            let before = messages.count
            check(value, path)
            guard messages.count == before else { return }
            for option in options {
                if let value = object[option.key] {
                    check(value, option.rule, path + [option.key])
                } else if option.isRequired {
                    add("should have field \"\(option.key)\" but it doesn't", path)
                }
            }
        }

        private mutating func check(_ value: JSON, _ rule: Rule, _ path: Path) {
            switch rule {
            case .anything: checkAnything(value, path)
            case .textOrDirective: checkTextOrDirective(value, path)
            case .objectOrDirective: checkObjectOrDirective(value, path)
            case .text:
                if value.stringValue == nil { add(wanted: "a string", value, path) }
            case .flag:
                if value.boolValue == nil { add(wanted: "a boolean", value, path) }
            case .list:
                guard case .array = value else {
                    let type = value.javaScriptType
                    return add("should be an array but it is \(indefiniteArticle(type)) \(type)", path)
                }
            case .shortText(let minimum):
                guard let text = value.stringValue else { return add(wanted: "a string", value, path) }
                let limit = Replacement.maximumLength
                if text.utf16.count < minimum { add("should be a string of length \(minimum) or greater", path) }
                if text.utf16.count > limit { add("should be a string of length \(limit) or less", path) }
            case .word(let words):
                guard let text = value.stringValue else { return add(wanted: "a string", value, path) }
                guard words.contains(text.lowercased()) else {
                    return add(
                        "should be one of \(words.joined(separator: ", ")) but it is \(JSON.string(text).text)", path)
                }
            }
        }

        /// Reports the first faulty object only, without its place, as Segment's code does.
        private mutating func checkMerged(_ value: JSON) {
            let before = messages.count
            for object in value.objectValue?["objects"]?.arrayValue ?? [] where messages.count == before {
                checkObjectOrDirective(object, [])
            }
        }
    }
}
