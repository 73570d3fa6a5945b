// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore

/// The kinds of case files, each compared by the code that ships.
enum CaseKind: String, CaseIterable {
    case amplitudeActions = "amplitude-actions"
    case mappingKit = "mapping-kit"
    case fql
    case sessionPlugin = "session-plugin"
    case formEncoding = "form-encoding"

    /// What is different from what a case expects; `nil` when nothing is.
    func difference(_ example: JSONObject) -> String? {
        switch self {
        case .amplitudeActions: AmplitudeActionsCase.difference(example)
        case .mappingKit: MappingKitCase.difference(example)
        case .fql: FQLCase.difference(example)
        case .sessionPlugin: SessionPluginCase.difference(example)
        case .formEncoding: FormEncodingCase.difference(example)
        }
    }
}

/// A file of cases.
struct CaseFile {
    struct Failure: Sendable, CustomStringConvertible {
        var name: String
        var difference: String

        var description: String { "\(name): \(difference)" }
    }

    let cases: [JSONObject]

    init(_ path: String) throws {
        let content = try Self.content(path)
        let list = content.objectValue?["cases"]?.arrayValue ?? content.arrayValue
        guard let list else { throw JSONError(problem: "there is no list \"cases\" in it") }
        cases = list.map { $0.objectValue ?? [:] }
    }

    static func content(_ path: String) throws -> JSON {
        let bytes = try SmallFile.read(path, limit: 1 << 28)
        var options = JSONParser.Options()
        options.maximumDepth = 1000
        return try bytes.withUnsafeBufferPointer { try JSONParser.parse($0, options: options) }
    }

    func failures(_ kind: CaseKind) -> [Failure] {
        cases.enumerated().compactMap { index, example in
            kind.difference(example).map {
                Failure(name: example["name"]?.stringValue ?? "case \(index + 1)", difference: $0)
            }
        }
    }
}

/// Comparing values.
enum Conformance {
    /// Two values side by side, when they are not the same.
    static func difference(_ what: String, _ expected: JSON?, _ got: JSON?) -> String? {
        if expected == got { return nil }
        return "\(what) is \(got?.text ?? "missing"), expected is \(expected?.text ?? "nothing")"
    }
}
