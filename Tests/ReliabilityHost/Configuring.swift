// SPDX-License-Identifier: MIT
import FileDestination
import Footfall
import FootfallConfigured
import Glibc

/// An application that reads a configuration file: `file=PATH` or `profile=NAME`. It tracks `count` events and delivers.
/// With `newer` it knows the plugin type `Stamp` and the destination type `pigeon`, which writes to a file.
func runConfigured(_ arguments: Arguments) {
    let types =
        arguments.has("newer")
        ? PluginTypes.standard.plugin("Stamp") { try Stamp($0) }.destination("pigeon", pigeon) : .standard
    do throws(ConfigurationError) {
        var configured =
            if let path = arguments.text("file") {
                try Configured(file: path, types: types)
            } else {
                try Configured(profile: arguments.text("profile") ?? "default", types: types)
            }
        configured.configuration = configured.configuration.errorHandler { say("error \($0)") }
        for warning in configured.warnings { say("warning \(warning)") }
        let analytics = configured.makeAnalytics()
        analytics.track(arguments.text("run") ?? "configured", 0..<(arguments.number("count") ?? 0))
        let report = analytics.flush(timeout: .milliseconds(arguments.number("wait") ?? 60_000))
        say("delivered \(report.delivered)")
        say("queued \(report.queued)")
        say("closed \(analytics.close(timeout: .seconds(10)))")
    } catch {
        say("refused \(error)")
        exit(64)
    }
}

private func pigeon(_ configuration: ConfigurationObject) throws -> any DestinationPlugin {
    var object = configuration
    let path = try object.text("path") ?? ""
    try object.finish()
    return FileDestination(name: "pigeon", path: path)
}

/// Adds `context.stamp`.
private final class Stamp: Plugin {
    let name = "Stamp"
    let type = PluginType.enrichment

    init(_ configuration: ConfigurationObject) throws(ConfigurationError) {
        let object = configuration
        try object.finish()
    }

    func execute(_ event: inout Event) -> Verdict {
        event.context["stamp"] = true
        return .keep
    }
}
