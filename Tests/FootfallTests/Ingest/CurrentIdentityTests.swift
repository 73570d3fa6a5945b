// SPDX-License-Identifier: MIT
import FootfallStore
import Testing

@_spi(Sessions) @testable import Footfall

@Suite struct CurrentIdentityTests {
    private var who = CurrentIdentity(
        Identity(
            anonymousId: "installation", userId: "u1", traits: ["plan": "guest"], changed: Timestamp(milliseconds: 5)),
        erasure: 0)

    private func now(_ time: Int64) -> Moment {
        Moment(wall: Timestamp(milliseconds: time), bootNanoseconds: time * 1_000_000, bootID: "one")
    }

    private mutating func stamp(
        _ type: EventType, _ userId: String? = nil, _ change: PostOptions.IdentityChange = .none
    )
        -> Event
    {
        var event = Event(type: type, timestamp: Timestamp(milliseconds: 10))
        event.userId = userId
        var options = PostOptions()
        options.change = change
        who.stamp(&event, options)
        return event
    }

    @Test mutating func stampsWithTheInstallationOutsideOfVisits() {
        let event = stamp(.track)

        #expect((event.anonymousId, event.userId, event.visitId) == ("installation", "u1", nil))
        #expect(!event.hasOwnUserId)
    }

    @Test mutating func aVisitorsIdentityEndsWithTheVisit() {
        _ = who.change(.begin(anonymousId: ""), at: now(10)) { "visitor" }
        let identify = stamp(.identify, "guest", .identify)
        #expect(identify.identityChanged == nil, "nothing of it reaches the store's identity")
        let event = stamp(.track)
        #expect((event.anonymousId, event.userId, event.visitId) == ("visitor", "guest", "visitor"))
        #expect(who.file.identity.userId == "u1")

        _ = who.change(.end(anonymousId: nil, reason: .completed), at: now(20)) { "unused" }
        let after = stamp(.track)
        #expect(after.anonymousId == "installation")
        #expect(who.visitCalls == 2)
    }

    @Test mutating func anAliasNamesTheEarlierId() {
        let alias = stamp(.alias, "u2", .alias)

        #expect(alias.previousId == "u1")
        #expect(who.installation.userId == "u2")
        #expect(alias.identityChanged == who.installation.changed)
    }

    @Test mutating func anAliasWithAnAnonymousIdOfItsOwnNamesThatPerson() {
        var event = Event(type: .alias, timestamp: Timestamp(milliseconds: 10), anonymousId: "an3")
        event.userId = "new-3"
        var options = PostOptions()
        options.change = .alias
        options.overridesAnonymousId = true
        who.stamp(&event, options)
        #expect(event.previousId == "an3", "as by send")
        #expect(event.anonymousId == "an3")
    }

    private func imported(_ anonymousId: String, previousId: String?) -> Event {
        var event = Event(type: .alias, timestamp: Timestamp(milliseconds: 10), anonymousId: anonymousId)
        event.userId = "new"
        event.previousId = previousId
        who.stamp(imported: &event, isOwn: false)
        return event
    }

    @Test func anImportedAliasOfNobodyIsOfTheUser() {
        let alias = imported("", previousId: nil)
        #expect((alias.previousId, alias.anonymousId, alias.userId) == ("u1", "installation", "new"))
        #expect(who.installation.userId == "u1", "an import changes no identity")
    }

    @Test func anImportedAliasKeepsThePersonThatItNames() {
        let given = imported("", previousId: "old")
        #expect((given.previousId, given.anonymousId) == ("old", ""))
        let anonymous = imported("a1", previousId: nil)
        #expect((anonymous.previousId, anonymous.anonymousId) == ("a1", "a1"))
    }

    @Test mutating func anEventOfAPluginBelongsToNoVisitor() {
        _ = who.change(.begin(anonymousId: ""), at: now(10)) { "visitor" }
        var event = Event(type: .track, timestamp: Timestamp(milliseconds: 10))
        who.stamp(automatic: &event)

        #expect((event.anonymousId, event.userId, event.isAutomatic) == ("installation", "u1", true))
    }

    @Test mutating func anIdentityFromBeforeAnErasureDoesNotComeBack() {
        let read = who.beginnings
        let old = Identity(anonymousId: "old", userId: "u1", traits: [:], changed: Timestamp(milliseconds: 99))
        who.beginAnew(after: 7)
        let fresh = who.installation

        who.adopt(old, asOf: read)
        #expect(who.installation == fresh)
        #expect(who.file.erasure == 7)
        who.adopt(old, asOf: who.beginnings)
        #expect(who.installation == old)
    }

    @Test mutating func whatTheStoreSaysOfTheVisitIsOlderThanALaterCall() {
        _ = who.change(.begin(anonymousId: ""), at: now(10)) { "visitor" }

        who.adopt(visitor: nil, asOf: 0)
        #expect(who.visitor?.anonymousId == "visitor")
        who.adopt(visitor: nil, asOf: 1)
        #expect(who.visitor == nil)
    }

    @Test mutating func aResetBeginsALaterIdentity() {
        let reset = who.reset(at: now(1), anonymousId: "next")

        #expect(who.installation == reset.identity)
        #expect(reset.changed > Timestamp(milliseconds: 5), "although the clock was set back")
    }
}
