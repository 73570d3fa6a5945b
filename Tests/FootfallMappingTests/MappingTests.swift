// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallMapping
import Testing

@testable import footfall_conformance

@Suite struct MappingTests {
    private func evaluate(_ mapping: JSONObject, _ event: JSON) throws -> JSON? {
        try Mapping(compiling: mapping).evaluate(event)
    }

    private func messages(_ mapping: JSONObject) -> [String] {
        do throws(MappingError) {
            _ = try Mapping(compiling: mapping)
            return []
        } catch {
            return error.messages
        }
    }

    // Left out of the file: the ten cases of the @liquid directive, which is refused ("liquid: variable",
    // default filter, assign, index, disabled tag, math, unless, size, too long, join and split).
    @Test func doesWhatTheMappingKitDoes() throws {
        let file = try CaseFile(fixture("mapping-kit.json"))
        #expect(file.cases.count == 190)
        for failure in file.failures(.mappingKit) { Issue.record("\(failure)") }
    }

    @Test func tellsKeysApartThatDifferInTheirSpelling() throws {
        let event: JSON = ["properties": ["a\u{301}\u{323}": 1, "a\u{323}\u{301}": 2]]
        for (key, value) in [("a\u{301}\u{323}", 1), ("a\u{323}\u{301}", 2)] {
            let found = try evaluate(["out": ["@path": .string("$.properties.\(key)")]], event)
            #expect(found == ["out": .int(Int64(value))])
        }
    }

    @Test func refusesLiquidWithTheCure() {
        #expect(
            messages(["a": ["@liquid": "{{ x }}"]])
                == ["/a/@liquid is not supported: use @template, @if, @case or @replace instead."])
    }

    @Test func failsOnlyWithTheEventForAFaultInAList() throws {
        let mapping = try Mapping(compiling: ["a": [["@nope": 1]]])
        #expect(throws: EvaluationError("@nope is not a valid directive, got undefined")) {
            try mapping.evaluate([:])
        }
    }

    @Test func expandsWhatATripleBraceBroughtIn() throws {
        let event: JSON = ["a": "{{b}}", "b": "deep"]
        #expect(try evaluate(["out": ["@template": "{{{a}}}!"]], event) == ["out": "deep!"])
        #expect(try evaluate(["out": ["@template": "{{a}}!"]], event) == ["out": "{{b}}!"])
    }

    @Test func letsAMissingValueGoOverAnEarlierOneWhenMerging() throws {
        let mapping: JSONObject = [
            "out": ["@merge": ["direction": "right", "objects": [["a": 1, "b": 2], ["a": ["@path": "$.nope"]]]]]
        ]
        #expect(try evaluate(mapping, [:]) == ["out": ["b": 2]])
    }

    @Test func stopsAtTheFirstFaultAmongMergedObjects() {
        #expect(
            messages(["a": ["@merge": ["direction": "left", "objects": [1, 2]]]])
                == ["/ should be a object or a mapping directive but it is a number."])
    }

    @Test func refusesAMappingThatIsNestedWithoutEnd() {
        var value: JSON = 1
        for _ in 0..<500 { value = ["a": value] }
        #expect(messages(["deep": value]) == ["/ is nested deeper than 64 levels."])
    }

    @Test func knowsTheKeysOfAPlainMapping() throws {
        let mapping = try Mapping(compiling: ["a": ["@path": "$.x"], "b": 2])
        #expect(mapping.keys == ["a", "b"])
        var values: [Int: JSON] = [:]
        try mapping.forEachValue(in: ["x": 5]) { values[$0] = $1 }
        #expect(values == [0: 5, 1: 2])
        #expect(try Mapping(compiling: ["@path": "$.x"]).keys == nil)
    }

    @Test func givesADirectiveAtTheRootAllOtherKeys() throws {
        let mapping: JSONObject = [
            "__segment_internal_directive": ["@transform": ["apply": ["e": ["@path": "$.event"]]]],
            "out": ["@path": "$.e"],
        ]
        #expect(try evaluate(mapping, ["event": "Bought"]) == ["out": "Bought"])
    }

    @Test func replacesWithDollarsAsJavaScriptDoes() throws {
        let mapping: JSONObject = [
            "out": ["@replace": ["pattern": "b", "replacement": "[$`$'$$$1]", "value": ["@path": "$.v"]]]
        ]
        #expect(try evaluate(mapping, ["v": "abc"]) == ["out": "a[ac$$1]c"])
    }

    @Test func makesASigmaAtTheEndOfAWordFinal() throws {
        let mapping: JSONObject = ["out": ["@case": ["operator": "lower", "value": ["@path": "$.v"]]]]
        #expect(try evaluate(mapping, ["v": "ΟΔΟΣ ΣΑΣ"]) == ["out": "οδος σας"])
    }

    @Test func writesNumbersInJSONAsJavaScriptDoes() throws {
        let mapping: JSONObject = ["out": ["@json": ["mode": "encode", "value": ["@path": "$.v"]]]]
        #expect(try evaluate(mapping, ["v": [5.0, 1e21, 1e-7, 0.5, -0.0]]) == ["out": "[5,1e+21,1e-7,0.5,0]"])
    }
}

func fixture(_ name: String) -> String {
    "\(#filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.endIndex))/Fixtures/\(name)"
}
