// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore
import Testing

@Suite struct StoredSessionTests {
    private func read(_ values: [String: String]) -> StoredSession {
        StoredSession { values[$0] }
    }

    @Test func namesThePublicKeysWithoutASource() {
        #expect(
            SessionKeys().all == [
                "analytics_session_id", "analytics_session_id.last_access", "analytics_session_id.state",
            ])
    }

    @Test func givesEachSourceKeysOfItsOwn() {
        let keys = [SessionKeys(), SessionKeys(source: "a"), SessionKeys(source: "state")].flatMap(\.all)
        #expect(Set(keys).count == 9)
    }

    @Test func readsBackAVisitThatItWrote() {
        let moment = StoredVisit.Moment(wall: 1_700_000_000_000, bootNanoseconds: 5, bootID: "boot")
        for (user, pause) in [(nil, nil), ("u", moment)] as [(String?, StoredVisit.Moment?)] {
            let visit = StoredVisit(
                anonymousId: "v", userId: user, began: moment, last: moment, hasInteraction: true, pausedSince: pause)
            let state: JSONObject = [StoredVisit.key: .object(visit.json), StoredSession.attractKey: "boot"]
            let session = read([SessionKeys().state: state.text])
            #expect(session.visit == visit)
            #expect(session.attractBootID == "boot")
        }
    }

    @Test(arguments: ["", "-5", "1e3", "253402300800000", "9223372036854775808"])
    func takesNoIdThatIsNoTime(text: String) {
        let session = read([SessionKeys().id: text, SessionKeys().lastAccess: text])
        #expect(session.id == nil && session.lastAccess == nil)
    }

    @Test(arguments: [
        "{", "[]", #"{"visit":{"anonymousId":""}}"#, #"{"visit":{"anonymousId":"v","began":{"wall":1}}}"#,
        #"{"visit":{"anonymousId":"v","began":{"wall":-1,"boot":0,"bootID":"b"},"last":{"wall":1,"boot":0,"bootID":"b"}}}"#,
    ])
    func takesNoVisitThatIsNotWhole(state: String) {
        #expect(read([SessionKeys().state: state]).visit == nil)
    }
}
