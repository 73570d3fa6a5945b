// SPDX-License-Identifier: MIT
import AmplitudeActions
import Footfall
import Testing

@Suite struct AmplitudeConfigurationTests {
    private func sources(
        file: @escaping (String) -> String?, variable: @escaping (String) -> String?
    ) -> SecretSources {
        SecretSources(file: { path in file(path).map { ($0, nil) } }, variable: variable)
    }

    private func configuration(_ object: JSONObject) throws -> AmplitudeConfiguration {
        var whole: JSONObject = ["type": "amplitude", "apiKey": "key"]
        whole.merge(object)
        return try AmplitudeConfiguration(
            ConfigurationObject(whole),
            from: sources {
                $0 == "/key" ? "from-file\n" : nil
            } variable: {
                $0 == "KEY" ? "from-environment" : nil
            })
    }

    private func error(_ object: JSONObject) -> String? {
        do {
            _ = try configuration(object)
            return nil
        } catch let error as ConfigurationError {
            return error.problem
        } catch {
            return "\(error)"
        }
    }

    private func mapped(_ object: JSONObject, _ event: JSONObject) throws -> Mapped {
        let configuration = try configuration(object)
        #expect(configuration.problems == [])
        return Mapped(event, configuration.mapper.mappings)
    }

    @Test func usesThePresetsAndAliasByDefault() throws {
        let configuration = try configuration([:])

        #expect(
            configuration.mapper.mappings.map(\.name) == [
                "Track Calls", "Order Completed Calls", "Page Calls", "Screen Calls", "Identify Calls", "Alias Calls",
            ])
        #expect(configuration.problems == [])
        #expect(configuration.mapper.settings.region == .northAmerica)
        #expect(configuration.mergesCalls)
    }

    @Test func saysWhyGroupCallsAreNotSent() throws {
        let group: JSON = ["type": "group", "groupId": "acme"]
        #expect(try configuration([:]).explanation(for: group)?.contains("groupType and groupValue") == true)
        #expect(try configuration([:]).explanation(for: ["type": "track"]) == nil)
        let configured = try configuration(["groupType": "company", "groupValue": "$.groupId"])
        #expect(configured.explanation(for: group) == nil)
    }

    @Test func sendsGroupsOnceTheirTypeIsSaid() throws {
        let event: JSONObject = ["type": "group", "userId": "user-1234", "groupId": "acme", "traits": ["n": 1]]

        let mapped = try mapped(["groupType": "company", "groupValue": "$.groupId"], event)

        #expect(mapped.calls.map(\.endpoint) == [.identify, .groupIdentify])
        #expect(mapped.items[1]["group_value"] == "acme")
        #expect(error(["groupType": "company"]) == "groupValue: it is missing beside groupType")
    }

    @Test(arguments: ["KEY", " KEY\r\n", "\u{FEFF}KEY\n"]) func trimsAKeyOfAnyPlace(_ key: String) throws {
        let places: [JSONObject] = [["apiKey": .string(key)], ["apiKeyFile": "/key"], ["apiKeyVariable": "NAME"]]
        for place in places {
            let configuration = try AmplitudeConfiguration(
                ConfigurationObject(place),
                from: sources { _ in
                    key
                } variable: { _ in
                    key
                })
            #expect(configuration.mapper.settings.apiKey == "KEY", "\(place)")
        }
        let made = AmplitudeConfiguration(settings: AmplitudeSettings(apiKey: key, secretKey: " \n"))
        #expect(made.mapper.settings.apiKey == "KEY" && made.mapper.settings.secretKey == nil)
        #expect(made.problems.isEmpty && made.keyProblem == nil)
    }

    @Test func namesWhereAKeyCameFromThatCannotBeUsed() {
        func message(_ object: JSONObject, _ text: String) -> String? {
            #expect(throws: ConfigurationError.self) {
                try AmplitudeConfiguration(
                    ConfigurationObject(object),
                    from: sources { _ in
                        text
                    } variable: { _ in
                        text
                    })
            }?.problem
        }
        let rule = "it has a control character inside, such as the end of a line; give it alone, on one line"
        #expect(message(["apiKey": "a\nb"], "") == "apiKey: \(rule)")
        #expect(message(["apiKeyFile": "/key"], "a\nb") == "apiKeyFile: /key: \(rule)")
        #expect(message(["apiKeyVariable": "NAME"], "a\rb") == "apiKeyVariable: NAME: \(rule)")
        #expect(message(["apiKeyFile": "/key"], "\u{FEFF}\n") == "apiKeyFile: /key is empty; write the key into it")
        #expect(message(["apiKeyVariable": "NAME"], " ") == "apiKeyVariable: the environment has no NAME")
        #expect(
            message(["apiKey": " "], "")
                == "apiKey: it is missing; give apiKey, apiKeyFile, apiKeyCredential or apiKeyVariable")
    }

    @Test func takesKeysFromFilesAndTheEnvironment() throws {
        let configuration = try AmplitudeConfiguration(
            ConfigurationObject(["type": "amplitude", "apiKeyFile": "/key", "secretKeyVariable": "KEY"]),
            from: sources {
                $0 == "/key" ? " from-file\n" : nil
            } variable: {
                $0 == "KEY" ? "from-environment" : nil
            })

        #expect(configuration.mapper.settings.apiKey == "from-file")
        #expect(configuration.mapper.settings.secretKey == "from-environment")
        #expect(error(["apiKey": nil, "apiKeyFile": "/nope"]) == "apiKeyFile: /nope cannot be read")
        #expect(
            error(["apiKey": nil])
                == "apiKey: it is missing; give apiKey, apiKeyFile, apiKeyCredential or apiKeyVariable")
        #expect(
            error(["apiKeyFile": "/key"])
                == "apiKey: give one of apiKey, apiKeyFile, apiKeyCredential and apiKeyVariable")
    }

    @Test(arguments: [
        ("endpoint", "mars", "endpoint: mars is neither north_america nor europe"),
        ("ip", "maybe", "ip: maybe is neither remote nor off"),
        ("compatibility", "x", "compatibility: x is neither footfall nor segment"),
        ("deviceId", "x", "deviceId: x is neither device nor anonymousId"),
    ]) func anErrorNamesTheAllowedValues(_ key: String, _ value: String, _ expected: String) {
        #expect(error([key: .string(value)]) == expected)
    }

    @Test func goesOnWithTheOtherMappingsBesideAFaultyOne() throws {
        let configuration = try configuration([
            "mappings": [
                [
                    "name": "Bad", "subscribe": "type = \"track\"", "action": "logEvent",
                    "mapping": ["event_type": ["@nope": 1]],
                ],
                ["name": "Cut", "subscribe": "type = \"track", "action": "logEvent"],
                ["name": "Odd", "action": "logNothing"],
                ["name": "Good", "action": "logEvent"],
            ]
        ])

        #expect(
            configuration.problems == [
                "configuration: mappings[0]: mapping \"Bad\", logEvent: /event_type has an invalid directive: @nope.",
                "configuration: mappings[1]: mapping \"Cut\", subscribe: the text is not closed by \" (at character 8)",
                "configuration: mappings[2]: mapping \"Odd\": subscribe is missing; it says for which events the mapping is",
                "configuration: mappings[2]: mapping \"Odd\": there is no action logNothing; known are logEvent, logEventV2, "
                    + "logPurchase, identifyUser, groupIdentifyUser, mapUser",
            ])
        let mapped = Mapped(track(), configuration.mapper.mappings)
        #expect(mapped.items.count == 1)
        #expect(mapped.failures.count == 1)
    }

    @Test func takesAtMostFiftyMappings() {
        let mappings = Array(repeating: JSON.object(["action": "logEvent"]), count: 51)
        #expect(error(["mappings": .array(mappings)]) == "mappings: there are 51; a destination has at most 50")
    }

    @Test func changesSingleFieldsOfTheDefaults() throws {
        let mappings: JSONObject = ["mappings": [["action": "logEvent", "override": ["city": "Roma"]]]]
        let item = try mapped(mappings, track()).first

        #expect(item["city"] == "Roma")
        #expect(item["event_type"] == "Door Opened")
    }

    @Test func doesNotTieVisitorsTogetherByTheDevice() throws {
        let event = track(["context": ["device": ["id": "kiosk-7-id"]]])

        #expect(try mapped([:], event).first["device_id"] == "kiosk-7-id")
        let apart = try mapped(["deviceId": "anonymousId"], event).first
        #expect(apart["device_id"] == "visitor-1")
        #expect(apart["idfv"] == nil)
    }

    @Test func changesThePresetsByShortKeys() throws {
        let purchase = track([
            "event": "Order Completed", "userId": "abc", "properties": ["revenue": 9, "products": [["revenue": 4]]],
        ])
        let mapped = try mapped(
            ["useBatchEndpoint": true, "trackRevenuePerProduct": true, "minIdLength": 3], purchase)

        #expect(mapped.call.endpoint == .batch)
        #expect(mapped.call.minimumIDLength == 3)
        #expect(mapped.items.map { $0["revenue"] } == [nil, 4])
        #expect(
            error(["minIdLength": 3, "mappings": []])
                == "minIdLength: it changes the presets, which are not used when there are mappings")
    }

    @Test func takesABaseURLOfThisMachine() throws {
        let settings = try configuration(["baseURL": "http://127.0.0.1:9000/"]).mapper.settings
        let request = settings.request(for: Mapped(track(), .logEvent).call)

        #expect(request.url == "http://127.0.0.1:9000/2/httpapi")
        #expect(error(["baseURL": "http://example.com"])?.hasPrefix("baseURL: http://example.com: ") == true)
    }
}

@Suite struct RevenueV2Tests {
    private func items(_ properties: JSONObject) throws -> [JSONObject] {
        let configuration = try AmplitudeConfiguration(
            ConfigurationObject(["type": "amplitude", "apiKey": "key", "revenueV2": true]))
        return Mapped(track(["properties": .object(properties)]), configuration.mapper.mappings).items
    }

    @Test(
        arguments: [
            (["price": 5, "quantity": 3, "revenue": 99], 15, 3), (["revenue": 30, "quantity": 3], 30, 1),
            (["total": 7], 7, 1),
        ] as [(JSONObject, JSON, JSON)])
    func takesThePriceElseTheRevenueElseTheTotal(_ properties: JSONObject, _ revenue: JSON, _ quantity: JSON) throws {
        let items = try items(properties)

        #expect(items.count == 1)
        #expect(items.first?["revenue"] == revenue)
        #expect(items.first?["quantity"] == quantity)
    }

    @Test func takesNamesInEitherCase() throws {
        let camel = try items([
            "price": 1, "productId": "P", "revenueType": "tax", "receiptSignature": "s", "receipt": "r",
        ])
        let snake = try items([
            "price": 1, "product_id": "P", "revenue_type": "tax", "receipt_signature": "s", "receipt": "r",
        ])

        for item in camel + snake {
            #expect(item["productId"] == "P")
            #expect(item["revenueType"] == "tax")
            #expect(item["event_properties"]?.objectValue?["$receipt"] == "r")
            #expect(item["event_properties"]?.objectValue?["$receiptSig"] == "s")
        }
    }

    @Test func leavesEventsWithoutMoneyToTheOtherPreset() throws {
        let items = try items(["color": "red"])

        #expect(items.count == 1)
        #expect(items.first?["revenue"] == nil)
    }
}
