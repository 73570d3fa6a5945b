// SPDX-License-Identifier: MIT

/// One measure: it runs in a process of its own and gives numbers by name.
struct Measure: Sendable {
    var name: String
    /// Runs it in a directory that is empty and removed afterwards.
    var run: @Sendable (_ directory: String) -> [(String, Double)]

    static let all: [Measure] = [
        .pacedSpool, .pacedDeferred, .pacedWrite, .stored, .storedBySQLite, .delivered, .gzip, .queuedMemory,
        .floodMemory, .firstTrack, .command, .jsonRead, .jsonWrite,
        .amplitude, .trigger,
    ]
}

/// What is judged, and what stands beside it.
struct Row: Sendable {
    var title: String
    var unit: String
    /// The number, as `measure.number`.
    var value: String
    /// Not a number: shown and not judged.
    var budget: Double
    var isLowerBetter = true
    /// The limit or peer beside it: a number of this run, or one that is known.
    var beside: Beside?
    /// Within this many times the number beside it is as good as within the budget.
    var factor: Double?

    enum Beside: Sendable {
        case measured(String, String)
        case known(Double, String)
    }

    static let all: [Row] = [
        Row(
            title: "track, every 200 µs, p50", unit: "µs", value: "paced.p50", budget: 4,
            beside: .measured("paced-write.p50", "write(2) in C"), factor: 2.5),
        Row(
            title: "track, every 200 µs, p99", unit: "µs", value: "paced.p99", budget: 25,
            beside: .measured("paced-write.p99", "write(2) in C"), factor: 2.5),
        Row(title: "  and making its ten properties", unit: "µs", value: "paced.literal", budget: .nan),
        Row(
            title: "track, .deferred, p50", unit: "µs", value: "deferred.p50", budget: 1,
            beside: .known(0.32, "trial")),
        Row(
            title: "track, .deferred, p99", unit: "µs", value: "deferred.p99", budget: 5,
            beside: .known(2.4, "trial")),
        Row(
            title: "stored through three plugins", unit: "events/s", value: "stored.rate", budget: 110_000,
            isLowerBetter: false, beside: .measured("sqlite.rate", "SQLite in C")),
        Row(
            title: "delivered, gzip 6, loopback", unit: "events/s", value: "delivered.rate", budget: 55_000,
            isLowerBetter: false, beside: .measured("gzip.rate", "zlib 6 in C")),
        Row(
            title: "on the wire", unit: "B/event", value: "delivered.wire", budget: 70,
            beside: .measured("gzip.wire", "zlib 6, 100 a POST")),
        Row(
            title: "peak memory, 100,000 queued", unit: "MB", value: "queued.peak", budget: 20,
            beside: .known(43, "analytics-swift")),
        Row(title: "growth, 1,000,000 flat out", unit: "MB", value: "flood.growth", budget: 20),
        Row(title: "called - stored - dropped", unit: "events", value: "flood.missing", budget: 0),
        Row(
            title: "start to first track returned", unit: "ms", value: "first-track.p50", budget: 9,
            beside: .known(18.1, "analytics-swift")),
        Row(
            title: "footfall track, whole process", unit: "ms", value: "command.p50", budget: 5,
            beside: .measured("command.start", "without storing")),
        Row(
            title: "JSON read, 800 B", unit: "µs", value: "json-read.event", budget: 4.8, beside: .known(4.8, "trial"),
            factor: 1.25),
        Row(
            title: "JSON written, 800 B", unit: "µs", value: "json-write.event", budget: 3.5,
            beside: .known(3.5, "trial"),
            factor: 1.25),
        Row(
            title: "Amplitude's presets, a track event", unit: "µs", value: "amplitude.event", budget: 15,
            beside: .measured("json-write.event", "its JSON written")),
        Row(title: "FQL trigger", unit: "ns", value: "trigger.call", budget: 300),
    ]
}

extension [Int64] {
    /// The value that so many of a hundred are not above.
    func percentile(_ share: Double) -> Double {
        guard !isEmpty else { return .nan }
        return Double(sorted()[Swift.min(Int(Double(count) * share / 100), count - 1)])
    }
}

extension [Double] {
    var median: Double {
        guard !isEmpty else { return .nan }
        let ordered = sorted()
        let middle = count / 2
        return count % 2 == 1 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2
    }
}
