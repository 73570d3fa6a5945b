// SPDX-License-Identifier: MIT
import AmplitudeActions
import AmplitudeSession
import FileDestination
import Footfall
import FootfallConfigured
import Glibc
import LinuxContext
import LinuxLifecycle
import SegmentDestination
import TestSupport
import Testing
import WebhookDestination

@Suite struct ConfiguredTests {
    let directory = TemporaryDirectory()
    private var log: String { directory("events.ndjson") }

    /// The error of a text; `nil` when it can be used.
    private func problem(_ text: String, _ types: PluginTypes = .standard) -> String? {
        do throws(ConfigurationError) {
            _ = try Configured(json: text, types: types)
            return nil
        } catch {
            return error.description
        }
    }

    private func names(_ configured: borrowing Configured) -> [String] {
        configured.plugins.map { "\(type(of: $0))" }
    }

    // MARK: - What is made

    @Test func makesEveryPluginInItsOrder() throws {
        let configured = try Configured(
            json: """
                {
                  // Where the kiosk's events go.
                  "writeKey": "KEY",
                  "application": {"id": "com.example.Kiosk", "version": "2.1.0"},
                  "session": {"preset": "kiosk"},
                  "plugins": [{"type": "LinuxLifecycle", "patience": "2s", "events": ["Application Opened"]},
                              {"type": "LinuxContext", "deviceType": "kiosk", "optional": true}],
                  "destinations": [
                    {"type": "amplitude", "apiKey": "K"}, {"type": "segment"},
                    {"type": "webhook", "endpoint": "https://example.com"}, {"type": "file", "path": "/tmp/x"}]
                }
                """)
        #expect(
            names(configured) == [
                "AmplitudeSession", "LinuxLifecycle", "LinuxContext", "AmplitudeActions", "SegmentDestination",
                "WebhookDestination", "FileDestination",
            ])
        #expect(configured.configuration.writeKey == "KEY")
        #expect(configured.configuration.application?.id == "com.example.Kiosk")
        #expect(configured.configuration.trackApplicationLifecycleEvents)
        #expect(configured.warnings == [])
    }

    @Test func hasSessionsAndSegmentWhereTheFileSaysNothing() throws {
        #expect(names(try Configured(json: "{}")) == ["AmplitudeSession"])
        #expect(names(try Configured(json: ["writeKey": "K"])) == ["AmplitudeSession", "SegmentDestination"])
        #expect(names(try Configured(json: ["writeKey": "K", "session": false, "destinations": []])) == [])
        #expect(try !Configured(json: "{}").configuration.trackApplicationLifecycleEvents)
    }

    @Test func leavesOutWhatIsNotEnabled() throws {
        let configured = try Configured(
            json: [
                "session": false, "plugins": [["type": "LinuxLifecycle", "enabled": false]],
                "destinations": [["type": "file", "path": "/x", "enabled": false]],
            ])
        #expect(names(configured) == [])
        #expect(!configured.configuration.trackApplicationLifecycleEvents)
    }

    /// Otherwise the application's id would name another store than the file does.
    @Test func keepsTheStateDirectoryOfTheFile() throws {
        let configured = try Configured(json: #"{"stateDirectory": "/var/lib/kiosk", "application": {"id": "x"}}"#)
        #expect(configured.configuration.stateDirectory == "/var/lib/kiosk")
        #expect(
            problem(#"{"stateDirectory": "~/kiosk"}"#)?.contains("stateDirectory: ~/kiosk: ~ is not expanded") == true)
    }

    @Test func readsWhatAnEventSurvivesAndWhoDelivers() throws {
        let configured = try Configured(json: #"{"durability": "deferred", "delivers": false}"#)
        #expect(configured.configuration.durability == .deferred)
        #expect(!configured.configuration.delivers)
        #expect(try Configured(json: #"{"durability": "immediate"}"#).configuration.durability == .immediate)
        let defaults = try Configured(json: #"{"durability": "process"}"#)
        #expect(defaults.configuration.durability == .process)
        #expect(defaults.configuration.delivers)
    }

    @Test func theClientRecordsAndDelivers() throws {
        let path = try directory.write(
            """
            {"stateDirectory": "\(directory("state"))", "application": {"id": "com.example.Kiosk", "version": "2"},
             "plugins": [{"type": "LinuxContext", "deviceType": "kiosk"}, {"type": "LinuxLifecycle"}],
             "destinations": [{"type": "file", "path": "\(log)"}]}
            """, to: "c.json")
        var configured = try Configured(file: path)
        let errors = ErrorLog()
        configured.configuration = configured.configuration.errors(to: errors)
        let analytics = configured.makeAnalytics()
        analytics.track(name: "Order Completed")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(analytics.close())
        let lines = try directory.text(of: "events.ndjson").split(separator: "\n").map {
            try #require(try JSONParser.parse(String($0)).objectValue)
        }
        #expect(
            lines.prefix(3).map { $0["event"]?.stringValue } == [
                "Application Installed", "Application Opened", "Order Completed",
            ])
        for line in lines {
            #expect(line["context"]?.objectValue?["device"]?.objectValue?["type"] == "kiosk")
            #expect(line["integrations"]?.objectValue?["Actions Amplitude"]?.objectValue?["session_id"] != nil)
        }
        #expect(errors.errors.isEmpty, "\(errors.errors)")
    }

    // MARK: - Profiles and files

    @Test func aProfileNamesTheFileAndTheStore() throws {
        let name = "footfall-test-\(UInt64.random(in: .min ... .max))"
        let error = #expect(throws: ConfigurationError.self) { try Configured(profile: name) }
        #expect(error?.description.contains("/\(name).json and") == true, "\(String(describing: error))")
        #expect(error?.description.hasSuffix("are not there; make one of them, with {} in it") == true)
        #expect(throws: ConfigurationError.self) { try Configured(profile: "../x") }
    }

    @Test func refusesAFileThatEveryUserCanWrite() throws {
        let path = try directory.write("{}", to: "c.json")
        chmod(path, 0o666)
        let error = #expect(throws: ConfigurationError.self) { try Configured(file: path) }
        #expect(error?.description.contains("every user can write to it") == true)
    }

    @Test func warnsOfAKeyFileThatEveryUserCanRead() throws {
        let key = try directory.write("KEY\n", to: "key")
        chmod(key, 0o644)
        let configured = try Configured(json: ["destinations": [["type": "amplitude", "apiKeyFile": .string(key)]]])
        #expect(configured.warnings.count == 1 && configured.warnings[0].contains("can be read by every user"))
    }

    // MARK: - Types

    @Test func namesTheKeyAndTheLineOfAFault() {
        let faults: [(String, String)] = [
            ("{\n\"plugins\": [{\n\"type\": \"linuxContext\"}]}", ":3: plugins[0].type: linuxContext is none of"),
            ("{\"plugins\": [{\"type\": \"LinuxContext\",\n\"deviceTyp\": 1}]}", ":2: plugins[0].deviceTyp: this key"),
            ("{\n\"durability\": \"disk\"}", ":2: durability: disk is none of deferred, process and immediate"),
            (#"{"delivers": "no"}"#, "delivers: it must be true or false"),
            (#"{"plugins": [{}]}"#, "plugins[0].type: it is missing"),
            (#"{"plugins": {}}"#, ":1: plugins: it must be an array of objects"),
            (#"{"plugins": [{"type": "file"}]}"#, "file belongs into the list destinations"),
            (#"{"destinations": [{"type": "LinuxContext"}]}"#, "LinuxContext belongs into the list plugins"),
            (#"{"plugins": [{"type": "AmplitudeSession"}]}"#, "sessions have the key session"),
            (#"{"destinations": [{"type": "Webhook"}]}"#, #"did you mean "webhook"?"#),
            (#"{"destinations": [{"type": "segment"}]}"#, "destinations[0].writeKey: a segment destination needs one"),
            (#"{"destinations": [{"type": "pigeon", "key": " "}]}"#, "destinations[0].key: it is blank"),
            (#"{"destinations": [{"type": "pigeon", "name": "all"}]}"#, "destinations[0].name: it must have"),
            (
                #"{"plugins": [{"type": "LinuxLifecycle", "events": ["Application Open"]}]}"#,
                #":1: plugins[0].events: Application Open is none of"#
            ),
            (#"{"plugins": [{"type": "LinuxLifecycle", "events": 1}]}"#, "events: it must be an array of texts"),
        ]
        for (text, expected) in faults {
            let problem = problem(text)
            #expect(
                problem?.hasPrefix("configuration:") == true && problem?.contains(expected) == true,
                "\(problem ?? text)")
        }
    }

    @Test func takesTypesOfTheProgram() throws {
        let types = PluginTypes.standard.plugin("Stamp") { try Stamp($0) }
            .destination("stamps") { try Stamps($0) }
        let configured = try Configured(
            json: [
                "session": false, "plugins": [["type": "Stamp", "value": "penny"], ["type": "LinuxContext"]],
                "destinations": [["type": "stamps", "key": "Stamps"]],
            ], types: types)
        #expect(names(configured) == ["Stamp", "LinuxContext", "Stamps"])
        #expect((configured.plugins.first as? Stamp)?.value == "penny")
        #expect(
            problem(#"{"plugins": [{"type": "Stamp", "valu": 1}]}"#, types)?.contains("plugins[0].valu: this key")
                == true)
        #expect(
            problem(#"{"plugins": [{"type": "Stamp"}]}"#, types)
                == "configuration:1: plugins[0].type: Stamp cannot be made: NoValue()")
        let none = PluginTypes().destination("stamps") { try Stamps($0) }
        #expect(problem(#"{"destinations": [{"type": "stamp"}]}"#, none)?.contains("stamp is none of stamps;") == true)
    }

    @Test func aTypeOfTheProgramReplacesOneOfThePackage() throws {
        let types = PluginTypes.standard.destination("file") { try Stamps($0) }
        let configured = try Configured(json: ["session": false, "destinations": [["type": "file"]]], types: types)
        #expect(names(configured) == ["Stamps"])
    }

    @Test func anUnknownPluginHasItsPlaceUnlessItIsOptional() throws {
        let configured = try Configured(
            json: """
                {"session": false, "plugins": [{"type": "LinuxContext"}, {"type": "Stamp", "value": 1},
                  {"type": "Stamp", "optional": true}, {"type": "Stamp", "enabled": false}]}
                """)
        #expect(configured.plugins.map(\.name) == ["LinuxContext", "Stamp"])
        #expect(configured.plugins.last is any UnknownPlugin && configured.plugins.last?.onFailure == .hold)
        #expect(configured.warnings.count == 1 && configured.warnings[0].contains("Stamp is not known to this program"))
    }

    // MARK: - Unknown destinations

    @Test func anUnknownDestinationHasTheNameAndTheKeyOfTheFile() throws {
        let configured = try Configured(
            json: """
                {"session": false, "destinations": [
                  {"type": "pigeon"},
                  {"type": "pigeon", "name": "second", "key": "Pigeon Post", "loft": {"height": 3}},
                  {"type": "pigeon", "name": "third", "enabled": false},
                  {"type": "pigeon", "name": "fourth", "optional": true}]}
                """)
        let made = configured.plugins.compactMap { $0 as? any DestinationPlugin }
        #expect(made.map(\.name) == ["pigeon", "second"])
        #expect(made.map(\.key) == ["pigeon", "Pigeon Post"])
        #expect(configured.warnings.count == 2)
        #expect(
            configured.warnings.first?.hasPrefix("configuration:2: destinations[0].type: pigeon is not known to")
                == true)
    }

    @Test func anOlderProgramLeavesEventsToANewer() throws {
        let text = """
            {"stateDirectory": "\(directory("state"))", "session": false,
             "destinations": [{"type": "stamps"}, {"type": "file", "path": "\(log)"}]}
            """
        let older = try Configured(json: text).makeAnalytics()
        older.track(name: "first")
        older.track(name: "not for stamps", options: CallOptions(integrations: ["Stamps": false]))
        #expect(older.flush(timeout: .seconds(10)).isDelivered)
        #expect(older.close())
        let delivery = RecordingDelivery()
        let newer = try Configured(json: text, types: .standard.destination("stamps") { try Stamps($0, delivery) })
            .makeAnalytics()
        newer.track(name: "second")
        #expect(newer.flush(timeout: .seconds(10)).isDelivered)
        #expect(newer.close())
        #expect(delivery.names == ["first", "second"])
        #expect(try directory.text(of: "events.ndjson").split(separator: "\n").count == 3)
        #expect(try inspect(directory("state")) { try $0.destinations.all().first?.key } == "Stamps")
        #expect(try lawHolds(directory("state")))
    }

    @Test func aKeyThatATypeDoesNotHaveIsAWarning() throws {
        let configured = try Configured(
            json: ["destinations": [["type": "file", "path": "/x", "key": "Files"]]])
        #expect(
            configured.warnings.first?.contains("destinations[0].key: Files has no effect: for file it is file") == true
        )
    }
}

private struct NoValue: Error {}

private final class Stamp: Plugin {
    let type = PluginType.enrichment
    let value: String

    init(_ configuration: ConfigurationObject) throws {
        var object = configuration
        let value = try object.text("value")
        try object.finish()
        guard let value else { throw NoValue() }
        self.value = value
    }
}

private final class Stamps: DestinationPlugin {
    let key = "Stamps"
    let name: String
    let timeline = Timeline()
    let usesHooks = false
    private let delivery: RecordingDelivery

    init(_ configuration: ConfigurationObject, _ delivery: RecordingDelivery = RecordingDelivery())
        throws(ConfigurationError)
    {
        var object = configuration
        name = try object.text("name") ?? "stamps"
        self.delivery = delivery
        try object.finish()
    }

    func makeDelivery() -> (any Delivery)? { delivery }
}
