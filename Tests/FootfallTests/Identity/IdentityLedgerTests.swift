// SPDX-License-Identifier: MIT
import FootfallStore
import Testing

@testable import Footfall

@Suite struct IdentityLedgerTests {
    private func identity(_ id: String, at changed: Int64) -> Identity {
        Identity(anonymousId: id, userId: nil, traits: [:], changed: Timestamp(milliseconds: changed))
    }

    private func identify(_ userId: String, at changed: Int64?) -> Event {
        var event = Event(type: .identify, timestamp: Timestamp(milliseconds: 0))
        event.userId = userId
        event.identityChanged = changed.map { Timestamp(milliseconds: $0) }
        return event
    }

    @Test func adoptsOnlyALaterIdentity() {
        var ledger = IdentityLedger(identity("own", at: 10))

        ledger.adopt(identity("earlier", at: 9))
        #expect(ledger.identity.anonymousId == "own")
        ledger.adopt(identity("as late", at: 10))
        #expect(ledger.identity.anonymousId == "own")
        ledger.adopt(identity("later", at: 11))
        #expect(ledger.identity.anonymousId == "later")
        #expect(!ledger.isUnstored, "it was read from the store")
    }

    @Test func followsItsOwnCallsAndStoresThem() {
        var ledger = IdentityLedger(identity("a", at: 10))

        ledger.follow(identify("u1", at: 11))
        #expect(ledger.identity.userId == "u1")
        #expect(ledger.isUnstored)
        ledger.wasStored()
        #expect(!ledger.isUnstored)
    }

    @Test func anEarlierIdentifyChangesNothing() {
        var ledger = IdentityLedger(identity("a", at: 10))

        ledger.follow(identify("u1", at: 9))
        ledger.follow(identify("u2", at: nil))
        #expect(ledger.identity == identity("a", at: 10))
        #expect(!ledger.isUnstored)
    }

    @Test func theLaterOfTwoIsWritten() {
        let early = identity("early", at: 1)
        let late = identity("late", at: 2)

        #expect(IdentityLedger.merge(late, into: early) == .write(late))
        #expect(IdentityLedger.merge(early, into: late) == .keep)
        #expect(IdentityLedger.merge(early, into: nil) == .write(early))
        #expect(IdentityLedger.merge(nil, into: nil) == .keep)
    }

    @Test func anIdentityThatWasNeverChangedLosesAgainstTheStores() {
        let fresh = Identity.fresh()

        #expect(IdentityLedger.merge(fresh, into: identity("stored", at: 0)) == .keep)
        guard case .write(let written) = IdentityLedger.merge(fresh, into: nil) else {
            Issue.record("the first identity of a store is written")
            return
        }
        #expect(written.changed == Timestamp(milliseconds: 0))
    }
}
