// SPDX-License-Identifier: MIT
import FootfallStore

/// What becomes of the records of a spool, or of a file of held events, that a process takes up.
struct AdoptedRecords {
    /// What becomes of one record.
    enum Fate {
        /// It passes the plugins.
        case passes
        /// It leaves the chain.
        case leaves(PluginSwitches.Hold)
        /// A file of held events has it already.
        case held
        case expired

        var hold: PluginSwitches.Hold? {
            if case .leaves(let hold) = self { return hold }
            return nil
        }
    }

    /// Where a record comes from when it leaves the chain.
    let origin: HeldWriter.Origin
    /// The file for deaths at the records; `nil` when none is marked.
    let strikes: StrikeFile?
    private let deaths: Strikes
    private let hold: PluginSwitches.Hold?
    private let held: Set<Int64>
    private let isExpired: Bool

    init(_ orphan: OrphanSpool, in runtime: Runtime, _ containment: Containment) throws(StoreError) {
        origin = HeldWriter.Origin(
            id: orphan.id, bootID: orphan.header.bootID, erasure: orphan.header.erasure ?? runtime.consent.erasure)
        let file = containment.strikes(of: orphan)
        strikes = file
        deaths = Strikes(file?.strikes ?? [])
        hold = containment.hold
        held = try OrphanSpool.held(of: orphan.id, in: runtime.directory.held)
        isExpired = orphan.header.held.map { containment.isExpired($0) } ?? false
    }

    func fate(of sequence: Int64) -> Fate {
        if held.contains(sequence) { return .held }
        if isExpired { return .expired }
        if let plugin = deaths.poison(sequence) {
            return .leaves(PluginSwitches.Hold(plugin: plugin, reason: .poison))
        }
        return hold.map { .leaves($0) } ?? .passes
    }
}
