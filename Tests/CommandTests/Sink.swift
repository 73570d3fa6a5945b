// SPDX-License-Identifier: MIT
import FootfallCollector

/// A collector on a free port, whose file `collected.ndjson` is in a command's home.
final class Sink {
    let collector: Collector

    init(_ command: Command, answer: (@Sendable (String, Int) -> CollectorAnswer)? = nil) throws {
        var configuration = CollectorConfiguration()
        configuration.output = "\(command.home)/collected.ndjson"
        configuration.answer = answer
        collector = try Collector(configuration)
        command.environment["FOOTFALL_ENDPOINT"] = "\(collector.url)/v1/b"
        command.environment["FOOTFALL_WRITE_KEY"] = "KEY"
    }

    deinit { collector.stop() }
}
