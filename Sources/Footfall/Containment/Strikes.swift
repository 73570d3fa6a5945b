// SPDX-License-Identifier: MIT
import FootfallStore

/// Decides by the deaths that were found at a spool's records which of them leave the chain. Pure.
struct Strikes {
    private var records: [Int64: (count: Int, plugin: String)] = [:]

    /// So many deaths at one record are enough. The first may be a kill that came by chance.
    private static let most = 2

    init(_ strikes: [PluginMark]) {
        for strike in strikes where strike.kind == .record {
            records[strike.sequence] = ((records[strike.sequence]?.count ?? 0) + 1, strike.plugin)
        }
    }

    /// The plugin in which the last process died at a record that leaves the chain; `nil` for any other record.
    func poison(_ sequence: Int64) -> String? {
        guard let record = records[sequence], record.count >= Self.most else { return nil }
        return record.plugin
    }
}
