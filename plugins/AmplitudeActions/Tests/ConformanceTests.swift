// SPDX-License-Identifier: MIT
import Footfall
import Testing

@testable import AmplitudeActions
@testable import footfall_conformance

@Suite struct ConformanceTests {
    @Test func sendsWhatTheOriginalSends() throws {
        let file = try CaseFile(fixture("amplitude-actions.json"))
        #expect(file.cases.count == 344)
        for failure in file.failures(.amplitudeActions) { Issue.record("\(failure)") }
    }

    @Test func encodesFormsAsTheOriginalDoes() throws {
        let file = try CaseFile(fixture("form-encoding.json"))
        #expect(file.cases.count == 15)
        for failure in file.failures(.formEncoding) { Issue.record("\(failure)") }
    }

    @Test func hasTheFieldsAndDefaultsOfTheOriginal() throws {
        let tables = try FieldTables()
        for action in AmplitudeAction.allCases {
            let table = tables.actions[action.rawValue]?.objectValue ?? [:]
            var defaults = JSONObject()
            for field in table["fields"]?.arrayValue?.compactMap(\.objectValue) ?? [] {
                if let key = field["key"]?.stringValue, let value = field["default"] { defaults[key] = value }
            }
            #expect(action.defaultMapping == defaults, "\(action)")
            #expect(table["defaultSubscription"] == .string(action.defaultTrigger))
        }
    }

    @Test func hasTheLabelsAndTypesOfTheOriginal() throws {
        let tables = try FieldTables()
        for action in AmplitudeAction.allCases {
            let table = tables.actions[action.rawValue]?.objectValue?["fields"]?.arrayValue ?? []
            let expected = table.compactMap(\.objectValue).map { field in
                let isRequired = field["required"] == true
                let type = field["type"]?.stringValue ?? ""
                return "\(field["key"]?.stringValue ?? "") \(field["label"]?.stringValue ?? "") \(type) \(isRequired)"
            }
            let got = action.fields.map { field in
                "\(field.key.name) \(field.label) \(field.isDate ? "datetime" : field.type.rawValue) \(field.isRequired)"
            }
            #expect(got == expected, "\(action)")
        }
    }

    @Test func hasThePresetsOfTheOriginal() throws {
        let presets = try FieldTables().presets
        #expect(presets.count == Preset.original.count)
        for (preset, expected) in zip(Preset.original, presets) {
            #expect(expected["name"] == .string(preset.name))
            #expect(expected["subscribe"] == .string(preset.subscribe))
            #expect(expected["action"] == .string(preset.action))
            #expect(expected["mapping"] == .object(preset.mapping), "\(preset.name)")
        }
    }

    @Test func hasTheAddressesOfTheOriginal() throws {
        let addresses = try FieldTables().endpoints
        for endpoint in AmplitudeEndpoint.allCases {
            for region in AmplitudeRegion.allCases {
                let expected = addresses[endpoint.rawValue]?.objectValue?[region.rawValue]
                #expect(expected == .string(endpoint.url(region)))
            }
        }
    }
}

/// amplitude-fields.json: the original's tables.
struct FieldTables {
    let actions: JSONObject
    let presets: [JSONObject]
    let endpoints: JSONObject

    init() throws {
        let object = try CaseFile.content(fixture("amplitude-fields.json")).objectValue ?? [:]
        actions = object["actions"]?.objectValue ?? [:]
        presets = (object["presets"]?.arrayValue ?? []).compactMap(\.objectValue)
        endpoints = object["endpoints"]?.objectValue ?? [:]
    }
}

func fixture(_ name: String) -> String {
    "\(#filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.endIndex))/Fixtures/\(name)"
}
