// SPDX-License-Identifier: MIT
import FootfallMapping
import Testing

/// The table in the documentation of ``Mapping``.
@Suite struct DirectiveTests {
    private static let event: JSON = [
        "type": "page", "name": "", "userId": "u", "context": ["locale": "de-CH"],
        "properties": ["items": [["id": "s1", "price": 3], ["id": "s2", "price": 4]]],
    ]
    private static let locale: JSON = ["@path": "$.context.locale"]
    private static let user: JSON = ["@path": "$.userId"]

    private static let cases: [(JSON, JSON)] = [
        (["@path": "$.properties.items[0].price"], 3),
        (["@template": "{{userId}} in {{context.locale}}"], "u in de-CH"),
        (["@literal": true], true),
        (["@if": ["exists": user, "then": "known", "else": "guest"]], "known"),
        (["@if": ["exists": ["@path": "$.groupId"], "then": "known", "else": "guest"]], "guest"),
        (["@if": ["exists": ["@path": "$.name"], "then": "named", "else": "unnamed"]], "named"),
        (["@if": ["blank": ["@path": "$.name"], "then": "named", "else": "unnamed"]], "unnamed"),
        (["@case": ["operator": "upper", "value": locale]], "DE-CH"),
        (["@case": ["operator": "lower", "value": locale]], "de-ch"),
        (["@replace": ["pattern": "-", "replacement": "_", "value": locale]], "de_CH"),
        (["@replace": ["pattern": "c", "replacement": "x", "ignorecase": true, "value": locale]], "de-xH"),
        (["@replace": ["pattern": "p", "replacement": "", "global": false, "value": "app"]], "ap"),
        (["@arrayPath": ["$.properties.items", ["sku": ["@path": "$.id"]]]], [["sku": "s1"], ["sku": "s2"]]),
        (["@json": ["mode": "encode", "value": ["a": user]]], "{\"a\":\"u\"}"),
        (["@json": ["mode": "decode", "value": "[1]"]], [1]),
        (["@flatten": ["value": ["a": ["b": user]], "separator": "."]], ["a.b": "u"]),
        (["@merge": ["objects": [["a": 1, "b": 1], ["b": 2]], "direction": "right"]], ["a": 1, "b": 2]),
        (["@merge": ["objects": [["a": 1, "b": 1], ["b": 2]], "direction": "left"]], ["a": 1, "b": 1]),
        (["@transform": ["apply": ["x": user], "mapping": ["y": ["@path": "$.x"]]]], ["y": "u"]),
        (["@excludeWhenNull": ["a": nil, "b": 1]], ["b": 1]),
        (["plain": [1, "two"]], ["plain": [1, "two"]]),
    ]

    @Test(arguments: cases.indices) func aDirectiveHasItsValue(_ index: Int) throws {
        let (directive, value) = Self.cases[index]
        #expect(try Mapping(compiling: ["out": directive]).evaluate(Self.event) == ["out": value], "\(directive)")
    }

    @Test func aKeyWithoutAValueIsLeftOut() throws {
        let mapping = try Mapping(compiling: ["group": ["@path": "$.groupId"], "kind": "page"])
        #expect(try mapping.evaluate(Self.event) == ["kind": "page"])
    }

    @Test func namesTheFaultsOfAMapping() {
        let error = #expect(throws: MappingError.self) { try Mapping(compiling: ["a": ["@path": 1], "b": ["@if": 2]]) }
        #expect(error?.messages.count == 2, "\(String(describing: error))")
        let trigger = #expect(throws: TriggerError.self) { try Trigger(compiling: "type") }
        #expect(
            trigger?.description == "a value is missing after type (at character 1)",
            "\(String(describing: trigger))")
    }

    @Test(arguments: [
        ("type = \"page\"", true), ("type != \"page\"", false), ("userId = null", false), ("groupId = \"g\"", false),
        ("context.locale = \"de-CH\"", true), ("match(context.locale, \"de*\")", true),
        ("!contains(context.locale, \"de\")", false), ("contains(userId, \"u\") and type = \"page\"", true),
        ("properties.total >= 100", false), ("properties.total = null", true),
    ])
    func aTriggerMatches(_ text: String, _ matches: Bool) {
        // A trigger whose fields are all unknown has no condition.
        #expect((try? Trigger(compiling: text).matches(Self.event)) ?? false == matches, "\(text)")
    }
}
