// SPDX-License-Identifier: MIT
import Footfall

/// Runs a plugin through the life that a host gives it, and finds what would harm the host.
///
/// ```swift
/// @Test func keepsTheRulesOfPlugins() {
///     #expect(PluginConformance.findings { AddStore() } == [])
/// }
/// ```
///
/// The plugin is added to clients of their own, gets all kinds of events, is reset, flushed,
/// removed, and left in a client that is released. Nothing is sent and nothing is left
/// behind. A run takes less than a second for a plugin that keeps the rules. A plugin that
/// traps at one of the events ends the test's process.
public enum PluginConformance {
    /// Finds the rules that a plugin breaks.
    ///
    /// - Parameters:
    ///   - exceptions: Rules that the plugin has a reason to break.
    ///   - configuration: Changes the configuration of the clients.
    ///   - make: Makes the plugin. It is called several times, and each client has its own.
    /// - Returns: one finding for each rule that is broken; none if all is well.
    public static func findings<P: Plugin>(
        except exceptions: Set<ConformanceRule> = [],
        configuration: (Configuration) -> Configuration = { $0 }, _ make: () throws -> sending P
    ) rethrows -> [ConformanceFinding] {
        try lives(configuration, make).all.filter { !exceptions.contains($0.rule) }
    }

    static func lives<P: Plugin>(
        _ configuration: (Configuration) -> Configuration, _ make: () throws -> sending P
    ) rethrows -> Findings {
        let kind = PluginKind(try make())
        var findings = OrdinaryLife(try make(), kind, configuration).run()
        if findings.contains(.returnsSoon), !findings.neverReturned {
            // A machine that is very busy may have caused it: it counts if it happens again.
            let again = OrdinaryLife(try make(), kind, configuration).run()
            if again.contains(.returnsSoon) { return findings }
            findings = again
        }
        if findings.contains(.canBeAdded) { return findings }
        findings.add(ReleasedLife.findings(of: try make(), kind, configuration))
        return findings
    }

    static let cureOfWaiting = "begin such work on a thread of your own, and return at once"
}
