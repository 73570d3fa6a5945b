// SPDX-License-Identifier: MIT

/// A rule that a plugin or destination breaks, found by ``PluginConformance`` or
/// ``DestinationConformance``.
public struct ConformanceFinding: Sendable, Equatable, CustomStringConvertible {
    /// The rule.
    public var rule: ConformanceRule
    /// What is wrong, why, and how to cure it: one line.
    public var description: String
}

/// What a suite has found, one finding for each rule.
struct Findings {
    let plugin: String
    private(set) var all: [ConformanceFinding] = []
    /// Whether a method did not return at all.
    var neverReturned = false

    init(of plugin: String) { self.plugin = plugin }

    func contains(_ rule: ConformanceRule) -> Bool { all.contains { $0.rule == rule } }

    /// - Parameter problem: What the plugin does, without its name.
    mutating func add(_ rule: ConformanceRule, _ problem: String, cure: String) {
        guard !contains(rule) else { return }
        all.append(ConformanceFinding(rule: rule, description: "\(plugin) \(problem); \(cure) [\(rule)]"))
    }

    mutating func add(_ others: Findings) {
        for finding in others.all where !contains(finding.rule) { all.append(finding) }
        if others.neverReturned { neverReturned = true }
    }
}
