// SPDX-License-Identifier: MIT

/// One measure. It runs in a process of its own and returns numbers by name.
struct Measure: Sendable {
    var name: String
    /// Runs the measure in an empty directory, which is removed afterwards. An empty result means that it failed.
    var run: @Sendable (_ directory: String) -> [(String, Double)]

    static let all: [Measure] = [
        .pacedSpool, .pacedDeferred, .pacedWrite, .stored, .storedBySQLite, .delivered, .gzip, .queuedMemory,
        .floodMemory, .firstTrack, .command, .status, .jsonRead, .jsonWrite, .amplitude, .trigger,
        .chain,
    ]
}

extension [Int64] {
    /// The value that `share` percent of the values do not exceed.
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
