// SPDX-License-Identifier: MIT
@_spi(Sessions) import Footfall

/// Decides which ends of visits the host is told of: each once, and none that happened before
/// this process knew the store. Pure.
struct VisitNews {
    /// The anonymousId of the visit that was open after the last transaction.
    private var openVisit: String?
    /// The digest of the last end that the host was told of.
    private var toldEnd: String?

    /// The end to tell the host of after a transaction; `nil` for none.
    mutating func end(after stored: StandardMode.Stored) -> VisitEnd? {
        let before = openVisit
        openVisit = stored.visit?.anonymousId
        guard let ended = stored.ended, ended.digest != toldEnd else { return nil }
        toldEnd = ended.digest
        let wasKnown = before.map(VisitStateMachine.Ended.digest) == ended.digest
        guard wasKnown || stored.endedBefore?.digest != ended.digest else { return nil }
        return VisitEnd(ended, known: before)
    }
}
