// SPDX-License-Identifier: MIT

/// A row of the table: a number, its budget, and a number to compare it with.
struct Row: Sendable {
    var title: String
    var unit: String
    /// The number, as `measure.number`.
    var value: String
    /// NaN: the number is shown and not judged.
    var budget: Double
    var isLowerBetter = true
    var comparison: Comparison?
    /// The number also passes within this many times its measured comparison.
    var factor: Double?

    enum Comparison: Sendable {
        /// A number of the same run, as `measure.number`, and what it is.
        case measured(String, String)
        /// A number that was measured elsewhere. A ratio to it would compare two machines,
        /// so the table shows none.
        case reported(Double, Origin)
    }

    /// Where a reported number was measured.
    enum Origin: Int, CaseIterable, Sendable {
        case analyticsSwift = 1
        case trial

        var name: String {
            switch self {
            case .analyticsSwift: "analytics-swift"
            case .trial: "trial"
            }
        }

        var note: String {
            switch self {
            case .analyticsSwift: "analytics-swift c9a0d63, median of 5 runs (starting: 7), \(Self.machine)"
            case .trial: "a trial of the design before Footfall was written, \(Self.machine)"
            }
        }

        private static let machine = "2 vCPU (Xeon, KVM), Debian 12, Swift 6.3.1, no later than 2026-11-24"
    }

    static let all: [Row] = [
        Row(
            title: "track, every 200 µs, p50", unit: "µs", value: "paced.p50", budget: 4,
            comparison: .measured("paced-write.p50", "write(2) in C"), factor: 2.5),
        Row(
            title: "track, every 200 µs, p99", unit: "µs", value: "paced.p99", budget: 25,
            comparison: .measured("paced-write.p99", "write(2) in C"), factor: 2.5),
        Row(title: "  and making its ten properties", unit: "µs", value: "paced.literal", budget: .nan),
        Row(
            title: "track, .deferred, p50", unit: "µs", value: "deferred.p50", budget: 1,
            comparison: .reported(0.32, .trial)),
        Row(
            title: "track, .deferred, p99", unit: "µs", value: "deferred.p99", budget: 5,
            comparison: .reported(2.4, .trial)),
        Row(
            title: "stored through three plugins", unit: "events/s", value: "stored.rate", budget: 110_000,
            isLowerBetter: false, comparison: .measured("sqlite.rate", "SQLite in C")),
        Row(
            title: "delivered, gzip 6, loopback", unit: "events/s", value: "delivered.rate", budget: 55_000,
            isLowerBetter: false, comparison: .measured("gzip.rate", "zlib 6 in C")),
        Row(
            title: "on the wire", unit: "B/event", value: "delivered.wire", budget: 70,
            comparison: .measured("gzip.wire", "zlib 6, 100 a POST")),
        Row(
            title: "peak memory, 100,000 queued", unit: "MB", value: "queued.peak", budget: 20,
            comparison: .reported(43, .analyticsSwift)),
        Row(title: "growth, 1,000,000 flat out", unit: "MB", value: "flood.growth", budget: 20),
        Row(title: "called - stored - dropped", unit: "events", value: "flood.missing", budget: 0),
        Row(
            title: "start to first track returned", unit: "ms", value: "first-track.p50", budget: 9,
            comparison: .reported(18.1, .analyticsSwift)),
        Row(
            title: "footfall track, whole process", unit: "ms", value: "command.p50", budget: 5,
            comparison: .measured("command.start", "without storing")),
        Row(
            title: "  less the fdatasync of its event", unit: "ms", value: "command.unsynced", budget: 3.5,
            comparison: .measured("command.logger", "logger(1)"), factor: 2.5),
        Row(
            title: "footfall status, 1,000,000 queued", unit: "ms", value: "status.p50", budget: 50,
            comparison: .measured("command.whole", "a command that does nothing")),
        // The budgets of JSON are the trial's numbers and a quarter more, because shared machines drift.
        Row(
            title: "JSON read, 800 B", unit: "µs", value: "json-read.event", budget: 4.8 * 1.25,
            comparison: .reported(4.8, .trial)),
        Row(
            title: "JSON written, 800 B", unit: "µs", value: "json-write.event", budget: 3.5 * 1.25,
            comparison: .reported(3.5, .trial)),
        Row(
            title: "Amplitude's presets, a track event", unit: "µs", value: "amplitude.event", budget: 15,
            comparison: .measured("json-write.event", "its JSON written")),
        Row(title: "FQL trigger", unit: "ns", value: "trigger.call", budget: 300),
        Row(
            title: "chain without plugins, an event", unit: "µs", value: "chain.empty", budget: 0.3,
            comparison: .measured("chain.copy", "copying the event")),
        Row(
            title: "each plugin that lets it pass", unit: "µs", value: "chain.plugin", budget: 0.1,
            comparison: .measured("chain.copy", "copying the event")),
    ]
}
