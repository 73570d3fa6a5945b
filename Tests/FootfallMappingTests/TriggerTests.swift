// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallMapping
import Testing

@testable import footfall_conformance

@Suite struct TriggerTests {
    private func matches(_ trigger: String, _ event: JSON) throws -> Bool {
        try Trigger(compiling: trigger).matches(event)
    }

    private func error(_ trigger: String) -> String? {
        do throws(TriggerError) {
            _ = try Trigger(compiling: trigger)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func doesWhatTheOriginalDoes() throws {
        let file = try CaseFile(fixture("fql.json"))
        #expect(file.cases.count == 159)
        for failure in file.failures(.fql) { Issue.record("\(failure)") }
    }

    @Test func saysWhereATriggerIsWrong() {
        #expect(error("type = \"track") == "the text is not closed by \" (at character 8)")
        #expect(
            error("type = \"track\" and a>5") == "a space is missing between the name a and '>' (at character 21)"
        )
        #expect(error("event") == "a value is missing after event (at character 1)")
        #expect(error("(type = \"track\"") == "the parenthesis is not closed (at character 1)")
        #expect(error("") == "there is no condition (at character 1)")
    }

    @Test func takesTheLastOperatorOfALevelForAllOfIt() throws {
        #expect(try matches("type = \"a\" and event = \"b\" or name = \"c\"", ["name": "c"]))
        #expect(try !matches("type = \"a\" or event = \"b\" and name = \"c\"", ["type": "a"]))
    }

    @Test func losesAWordThatIsCutShortByTheEnd() throws {
        #expect(try matches("event = ab", ["event": "a"]))
        #expect(try matches("event = abc", ["event": "abc"]))
    }

    @Test func doesNotMatchWhereTheOriginalFails() throws {
        #expect(try !matches("type = \"track\" and ()", ["type": "track"]))
        #expect(try matches("type = \"track\" or ()", ["type": "track"]))
    }

    @Test func tellsDifferentSpellingsOfACharacterApart() throws {
        #expect(try !matches("event = \"\u{E9}\"", ["event": "e\u{301}"]))
        #expect(try !matches("contains(properties.K, \"x\")", ["properties": ["\u{212A}": "x"]]))
    }
}
