// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import Glibc
import Testing

/// Keys in files, in systemd's credentials and in the environment.
@Suite struct SecretCommandTests {
    let footfall = Command()

    /// A configuration whose destination is a collector.
    private func configure(_ keys: String, _ sink: Sink, _ destination: String = "") throws -> String {
        footfall.environment["FOOTFALL_WRITE_KEY"] = nil
        footfall.environment["FOOTFALL_ENDPOINT"] = nil
        let endpoint = "\"endpoint\": \"\(sink.collector.url)/v1/b\""
        return try footfall.write(
            "c.json", "{\(keys)\"destinations\": [{\"type\": \"segment\", \(endpoint)\(destination)}]}")
    }

    @Test(arguments: ["File", "Credential", "Variable"])
    func readsTheKeyOfTheFileAndOfADestination(_ place: String) throws {
        let sink = try Sink(footfall, writeKey: "SECRET")
        let path = try footfall.write("segment.key", "SECRET\n")
        chmod(path, 0o600)
        footfall.environment["CREDENTIALS_DIRECTORY"] = footfall.home
        footfall.environment["SEGMENT_KEY"] = "SECRET"
        let value = ["File": path, "Credential": "segment.key", "Variable": "SEGMENT_KEY"][place] ?? ""
        for (top, own) in [("\"writeKey\(place)\": \"\(value)\", ", ""), ("", ", \"writeKey\(place)\": \"\(value)\"")] {
            let file = try configure(top, sink, own)
            let run = try footfall("track", "T", "--wait=20", "--no-session", "--config", file)
            #expect(run.status == 0 && run.talk.isEmpty, "\(run)")
        }
        #expect(sink.collector.statistics.events == 2)
    }

    /// A unit that delivers has the credential; what records beside it has not.
    @Test func recordsWithoutAKeyAndSaysSoWhenItDelivers() throws {
        let sink = try Sink(footfall)
        let file = try configure("\"writeKeyCredential\": \"segment.key\", ", sink)
        let tracked = try footfall("track", "T", "--no-session", "--config", file)
        #expect(tracked.status == 0 && tracked.talk.isEmpty, "\(tracked)")
        let sent = try footfall(
            "send", "--no-session", "--config", file, input: #"{"type":"track","event":"A"}"#)
        #expect(sent.status == 0)
        let problem =
            "\(file):1: writeKeyCredential: this process has no credentials; "
            + "start it as a service with LoadCredential=segment.key:PATH\n"
        let flushed = try footfall("flush", "--config", file)
        #expect(flushed.status == 64)
        #expect(flushed.talk == "footfall: \(problem)")
        let waited = try footfall("track", "T", "--wait", "--no-session", "--config", file)
        #expect(waited.status == 64)
        #expect(waited.talk == "footfall: the event is stored, but \(problem)")
        #expect(sink.collector.statistics.requests == 0)

        let directory = "\(footfall.home)/credentials"
        mkdir(directory, 0o700)
        _ = try footfall.write("credentials/segment.key", "SECRET")
        footfall.environment["CREDENTIALS_DIRECTORY"] = directory
        let delivered = try footfall("flush", "--config", file, "--json")
        #expect(delivered.json?["delivered"] == 3, "\(delivered)")
    }

    @Test func takesTheKeyOfTheEnvironmentForOneThatIsNotThere() throws {
        let sink = try Sink(footfall, writeKey: "SECRET")
        let file = try configure("\"writeKeyFile\": \"/nonexistent\", ", sink)
        footfall.environment["FOOTFALL_WRITE_KEY"] = "SECRET"
        let run = try footfall("track", "T", "--wait=20", "--no-session", "--config", file)
        #expect(run.status == 0, "\(run)")
        #expect(sink.collector.statistics.events == 1)
    }

    @Test(arguments: [
        (#""writeKeyFile": "/nonexistent", "#, "c.json:1: writeKeyFile: /nonexistent cannot be read"),
        (#""writeKeyVariable": "NO_SUCH_KEY", "#, "c.json:1: writeKeyVariable: the environment has no NO_SUCH_KEY"),
        (
            #""writeKey": "K", "proxyFile": "/nonexistent", "#,
            "c.json:1: proxyFile: /nonexistent cannot be read"
        ),
    ])
    func namesAKeyThatIsNotThere(_ keys: String, _ problem: String) throws {
        let sink = try Sink(footfall)
        let file = try configure(keys, sink)
        let run = try footfall("flush", "--config", file)
        #expect(run.status == 64)
        #expect(run.talk.hasSuffix("/\(problem)\n"), "\(run)")
    }

    @Test(arguments: [
        (
            #""writeKey": "K", "writeKeyFile": "/k", "#,
            "give one of writeKey, writeKeyFile, writeKeyCredential and writeKeyVariable"
        ),
        (#""writeKeyCredential": "../k", "#, "\"../k\" is not the name of a credential"),
        (#""writeKeyFile": 1, "#, "it must be a text, this is number"),
    ])
    func refusesAMistake(_ keys: String, _ problem: String) throws {
        let sink = try Sink(footfall)
        let file = try configure(keys, sink)
        let run = try footfall("track", "T", "--config", file)
        #expect(run.status == 64)
        #expect(run.talk.contains(problem), "\(run)")
    }

    @Test func readsAHeaderOfAWebhookFromACredential() throws {
        let sink = try Sink(footfall)
        footfall.environment["FOOTFALL_WRITE_KEY"] = nil
        footfall.environment["FOOTFALL_ENDPOINT"] = nil
        _ = try footfall.write("token", "SECRET\n")
        footfall.environment["CREDENTIALS_DIRECTORY"] = footfall.home
        let file = try footfall.write(
            "c.json",
            """
            {"destinations": [{"type": "webhook", "endpoint": "\(sink.collector.url)/webhook",
              "headers": {"Authorization": {"credential": "token", "prefix": "Bearer "}, "X-Plain": "y"}}]}
            """)
        let run = try footfall("track", "T", "--wait=20", "--no-session", "--config", file)
        #expect(run.status == 0, "\(run)")
        #expect(sink.collector.statistics.events == 1)
        let wrong = try footfall.write(
            "wrong.json",
            #"{"destinations": [{"type": "webhook", "endpoint": "https://example.com", "headers": {"A": {}}}]}"#)
        let refused = try footfall("track", "T", "--config", wrong)
        #expect(refused.status == 64)
        #expect(refused.talk.contains("destinations[0].headers.A: name a file, a credential or a variable"))
    }
}
