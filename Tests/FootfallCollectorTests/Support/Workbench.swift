// SPDX-License-Identifier: MIT
import class TestSupport.TemporaryDirectory

@testable import FootfallCollector

/// A collector with an output file in a directory of its own, and what it told.
final class Workbench {
    let folder = TemporaryDirectory()
    let collector: Collector
    let recorder = Recorder()
    private let outputPath: String?

    init(_ change: (inout CollectorConfiguration) -> Void = { _ in }) throws {
        var configuration = CollectorConfiguration()
        configuration.output = folder("events.ndjson")
        change(&configuration)
        outputPath = configuration.output
        let recorder = recorder
        collector = try Collector(configuration) {
            recorder.record($0)
        } onRefusal: {
            recorder.record($0)
        }
    }

    deinit { collector.stop() }

    func client() throws -> HTTPClient { try HTTPClient(port: collector.port) }

    /// Whether nothing was written; a device in the file's place keeps nothing.
    var isOutputEmpty: Bool {
        get throws { try outputPath != folder("events.ndjson") || output.isEmpty }
    }

    /// The whole output file.
    var output: String { get throws { try folder.text(of: "events.ndjson") } }
}

let success = #"{"success":true}"#
