// SPDX-License-Identifier: MIT
import Footfall
import FootfallJSON
import Glibc
import TestSupport
import Testing

@testable import FootfallCLI

@Suite struct CollectCommandTests {
    let footfall = Command()

    /// Starts `footfall collect` and points the command at a path of it.
    private func collect(_ arguments: String..., path: String) throws -> ChildProcess {
        let server = try ChildProcess(
            program: ChildProcess.built("footfall"),
            ["collect", "--port", "0", "--out", footfall.directory("out.ndjson")] + arguments)
        let greeting = try #require(server.line())
        let url = try #require(greeting.hasPrefix("listening on ") ? greeting.dropFirst(13) : nil)
        footfall.environment["FOOTFALL_ENDPOINT"] = "\(url)\(path)"
        footfall.environment["FOOTFALL_WRITE_KEY"] = "KEY"
        footfall.environment["FOOTFALL_SESSION"] = "off"
        return server
    }

    @Test func showsARefusedRequest() throws {
        let server = try collect(path: "/v1/nowhere")
        try footfall("track", "A", "--wait=10")
        #expect(server.line() == "POST /v1/nowhere: refused with 404: there is nothing at /v1/nowhere")
        kill(server.id, SIGTERM)
        #expect(server.line() == "0 events in 1 request, 1 refused")
        #expect(server.wait(atMost: .seconds(20)).status == 0)
    }

    @Test func showsNoRefusedRequestWhenQuiet() throws {
        let server = try collect("--quiet", path: "/v1/nowhere")
        try footfall("track", "A", "--wait=10")
        kill(server.id, SIGTERM)
        #expect(server.line() == nil)
    }

    @Test func linesOfStandardErrorInTheSameFileLeaveTheEventsWhole() throws {
        footfall.environment["FOOTFALL_WRITE_KEY"] = "KEY"
        footfall.environment["FOOTFALL_SESSION"] = "off"
        let script = #"""
            "$0" collect --port 0 >"$HOME/both" 2>&1 &
            until grep -q '^listening on' "$HOME/both" 2>/dev/null; do kill -0 "$!" || exit 1; done
            FOOTFALL_ENDPOINT=$(sed -n 's/^listening on //p' "$HOME/both")/v1/b "$0" track A --wait=10
            kill "$!" && wait "$!"
            """#
        footfall.starter = ["/bin/sh", "-c", script]
        #expect(try footfall().status == 0)

        let lines = try footfall.read("both").split(separator: "\n")
        #expect(lines.count == 4, "\(lines)")
        #expect(lines.first?.hasPrefix("listening on ") == true)
        let event = try #require(lines.first { $0.hasPrefix("{") })
        #expect(try JSONParser.parse(String(event)).objectValue?["event"] == "A")
    }

    @Test func showsAFloodInAFewLines() {
        var lines = RefusalLines()
        let begin = ContinuousClock.now
        var shown: [String] = []
        for number in 0..<1_000 { shown += lines.add("\(number)", at: begin + .milliseconds(number)) }
        #expect(
            shown == (0..<RefusalLines.most).map(String.init) + [
                "more refused requests are only counted for 10 seconds"
            ])
        #expect(lines.add("x", at: begin + RefusalLines.period) == ["980 more requests refused", "x"])
        #expect(lines.takeRest() == nil)
        for number in 0..<RefusalLines.most { _ = lines.add("\(number)", at: begin + RefusalLines.period) }
        #expect(lines.takeRest() == "1 more request refused")
    }
}
