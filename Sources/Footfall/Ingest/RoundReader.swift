// SPDX-License-Identifier: MIT
import FootfallStore

/// Reads the calls of a round in their order: from memory, and from the spool where more
/// came than memory holds.
struct RoundReader {
    private var round: Mailbox.Round
    private let bootID: String
    private var index = 0
    private var peeked: (sequence: Int64, call: QueuedCall?)?
    private var returned: (sequence: Int64, call: QueuedCall)?
    /// Records that could not be read.
    private(set) var damaged: Int64 = 0
    /// How many events were read that are in no spool, and not known to be stored.
    private(set) var unspooled = 0

    /// - Parameter bootID: This boot.
    init(_ round: consuming Mailbox.Round, bootID: String) {
        self.round = round
        self.bootID = bootID
    }

    /// The last sequence number of the round.
    var last: Int64 { round.last }

    /// Makes a call that cannot be processed now the next one.
    mutating func putBack(_ sequence: Int64, _ call: consuming QueuedCall) { returned = (sequence, call) }

    /// The next call and its sequence number; `nil` at the end.
    mutating func next() -> (sequence: Int64, call: QueuedCall)? {
        if let next = returned {
            returned = nil
            return next
        }
        while true {
            if round.spooledFrom != nil, peeked == nil { readFromSpool() }
            if index < round.entries.count {
                let sequence = round.entries[index].sequence
                if let peeked, peeked.sequence < sequence {
                    self.peeked = nil
                    if let call = peeked.call { return (peeked.sequence, call) }
                    continue
                }
                if !round.entries[index].isSpooled { unspooled += 1 }
                index += 1
                return (sequence, round.entries[index - 1].takeCall())
            }
            guard let peeked else { return nil }
            self.peeked = nil
            if let call = peeked.call { return (peeked.sequence, call) }
        }
    }

    private mutating func readFromSpool() {
        guard let from = round.spooledFrom, let reader = round.reader else { return }
        var found: (Int64, SpooledCall?)?
        do throws(StoreError) {
            while found == nil {
                let hasMore = try reader.next { sequence, payload in
                    if sequence >= from { found = (sequence, EventRecord.read(payload, bootID: bootID)) }
                }
                guard hasMore else { break }
            }
        } catch {
            // What lies behind the damage cannot be read.
            damaged += 1
        }
        guard let found else {
            damaged += Int64(reader.damaged)
            round.reader = nil
            return
        }
        switch found.1 {
        case .event(let event): peeked = (found.0, .event(event, []))
        case .reset(let reset): peeked = (found.0, .reset(reset))
        // How many calls changed the visit is not in the record; the next one in memory says it.
        case .visit(let call): peeked = (found.0, .visit(call, calls: nil))
        case nil:
            damaged += 1
            peeked = (found.0, nil)
        }
    }

    /// What was read so far is stored.
    mutating func stored() { unspooled = 0 }

    /// The calls in memory that were not read.
    var left: ArraySlice<Mailbox.Entry> { round.entries[index...] }

    /// The emptied list, to be used again.
    consuming func takeSpare() -> [Mailbox.Entry] { round.entries }
}
