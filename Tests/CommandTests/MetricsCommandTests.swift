// SPDX-License-Identifier: MIT
import Footfall
import Glibc
import TestSupport
import Testing

/// The text of `metrics`, read as its format demands. `promtool check metrics` reads it in `make release-check`.
@Suite struct MetricsCommandTests {
    let footfall = Command()

    init() {
        footfall.environment["FOOTFALL_ENDPOINT"] = "http://127.0.0.1:9/v1/b"
        footfall.environment["FOOTFALL_WRITE_KEY"] = "KEY"
    }

    /// The families of a text by their names, with their types and samples.
    private func families(_ text: String) throws -> [String: (type: String, samples: [String])] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        try #require(lines.suffix(2) == ["# EOF", ""])
        lines.removeLast(2)
        var families: [String: (type: String, samples: [String])] = [:]
        var (name, hasHelp) = ("", false)
        for line in lines {
            let words = line.split(separator: " ")
            switch words.first.map(String.init) {
            case "#" where words[1] == "HELP":
                (name, hasHelp) = (String(words[2]), true)
                #expect(families[name] == nil && words.count > 3, "\(line)")
            case "#" where words[1] == "TYPE":
                #expect(words[2] == name && ["gauge", "counter"].contains(words[3]) && hasHelp, "\(line)")
                families[name] = (String(words[3]), [])
                hasHelp = false
            case "#":
                #expect(words[1] == "UNIT" && words[2] == name && name.hasSuffix("_\(words[3])"), "\(line)")
            default:
                let sample = line.prefix { $0 != "{" && $0 != " " }
                let isCounter = families[name]?.type == "counter"
                let own = isCounter && !name.hasSuffix("_total") ? "\(name)_total" : name
                #expect(sample == own, "\(line) is no sample of \(name)")
                #expect(sample.hasSuffix("_total") == isCounter, "\(line)")
                #expect(Double(String(words.last ?? "")) != nil, "\(line)")
                families[name]?.samples.append(String(line))
            }
        }
        return families
    }

    @Test func hasATypeAHelpTextAndAUnitForEachName() throws {
        try footfall("track", "A", "--wait=0")
        let found = try families(try footfall("metrics").output)
        #expect(found.count >= 22 && found.values.allSatisfy { !$0.samples.isEmpty }, "\(found.keys.sorted())")
        #expect(
            found["footfall_destination_queue_events"]?.samples == [
                #"footfall_destination_queue_events{destination="segment"} 2"#
            ])
        #expect(found["footfall_destination_sent_bytes_total"]?.type == "counter")
        let states = found["footfall_destination_state"]?.samples.filter { $0.hasSuffix(" 1") } ?? []
        #expect(states.count == 1, "\(states)")
    }

    @Test func leavesTotalOutOfTheFamilysNameForOpenMetrics() throws {
        try footfall("track", "A")
        let text = try footfall("metrics", "--format", "openmetrics").output
        #expect(try families(text)["footfall_events_stored"]?.samples == ["footfall_events_stored_total 2"])
        #expect(text.contains("# UNIT footfall_destination_sent_bytes bytes\n"))
    }

    @Test func writesAFileThatOthersCanReadInOneStep() throws {
        try footfall("track", "A")
        mkdir("\(footfall.home)/textfiles", 0o755)
        let path = try footfall.write("textfiles/footfall.prom", "old")
        chmod(path, 0o600)
        var before = stat()
        stat(path, &before)
        let run = try footfall("metrics", "--textfile", path)
        #expect(run.status == 0 && run.output.isEmpty, "\(run)")
        var after = stat()
        stat(path, &after)
        #expect(after.st_mode & 0o777 == 0o644 && after.st_ino != before.st_ino, "it was renamed into its place")
        #expect(try families(try footfall.read("textfiles/footfall.prom")).count >= 22)
        #expect(try footfall.directory.names(in: "textfiles") == ["footfall.prom"])

        let missing = try footfall("metrics", "--textfile", "\(footfall.home)/none/footfall.prom")
        #expect(
            missing.status == 74 && missing.talk.contains("No such file or directory; make its directory"), "\(missing)"
        )
    }

    @Test func escapesNamesInLabels() throws {
        footfall.environment["FOOTFALL_ENDPOINT"] = nil
        footfall.environment["FOOTFALL_CONFIG"] = try footfall.write(
            "c.json",
            #"{"destinations": [{"type": "webhook", "name": "a\"b\\c", "endpoint": "http://127.0.0.1:9/"}]}"#)
        let text = try footfall("metrics").output
        #expect(text.contains(#"footfall_destination_queue_events{destination="a\"b\\c"} 0"#), "\(text)")
    }
}
