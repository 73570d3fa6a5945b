// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallMapping

/// `{mapping, payload, expect | error}`.
enum MappingKitCase {
    static func difference(_ example: JSONObject) -> String? {
        let expectedError = example["error"]?.objectValue
        let outcome: JSON?
        do {
            let mapping = try Mapping(compiling: example["mapping"]?.objectValue ?? [:])
            outcome = try mapping.evaluate(example["payload"] ?? [:])
        } catch let error as MappingError {
            guard let expectedError else { return "it is refused: \(error)" }
            let got: JSON = error.isAboutParts ? "mapping" : "error"
            if let text = Conformance.difference("kind", expectedError["kind"], got) { return text }
            guard error.isAboutParts else { return nil }
            return Conformance.difference(
                "messages", expectedError["messages"], .array(error.messages.map(JSON.string)))
        } catch {
            guard let expectedError else { return "it fails: \(error)" }
            return Conformance.difference("kind", expectedError["kind"], "error")
        }
        if let expectedError { return "it gives \(outcome?.text ?? "nothing"), expected is \(expectedError.text)" }
        return Conformance.difference("result", example["expect"], outcome)
    }
}
