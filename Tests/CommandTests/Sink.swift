// SPDX-License-Identifier: MIT
import FootfallCollector

/// A collector on a free port, whose file `collected.ndjson` is in a command's home.
final class Sink {
    let collector: Collector

    /// - Parameter writeKey: The only key that is accepted; `nil` for any.
    init(
        _ command: Command, writeKey: String? = nil, answer: (@Sendable (String, Int) -> CollectorAnswer)? = nil
    ) throws {
        var configuration = CollectorConfiguration()
        configuration.output = "\(command.home)/collected.ndjson"
        configuration.answer = answer
        configuration.writeKey = writeKey
        collector = try Collector(configuration)
        command.environment["FOOTFALL_ENDPOINT"] = "\(collector.url)/v1/b"
        command.environment["FOOTFALL_WRITE_KEY"] = "KEY"
    }

    deinit { collector.stop() }
}
