// SPDX-License-Identifier: MIT
import AmplitudeActions
import Footfall
import Testing

@Suite struct LimitTests {
    @Test func leavesARefusedIDOutWhenTheOtherIsGood() {
        let mapped = Mapped(track(["userId": "Anonymous"]), .logEvent)

        #expect(mapped.first["user_id"] == nil)
        #expect(mapped.first["device_id"] == "visitor-1")
        #expect(mapped.warnings == ["user_id: Amplitude takes no id \"Anonymous\""])
    }

    @Test func refusesAnEventWithoutAGoodID() {
        let mapped = Mapped(track(["userId": "abc", "anonymousId": "0"]), .logEvent)

        #expect(mapped.items.isEmpty)
        #expect(
            mapped.failures == [
                "user_id: Amplitude takes no id of fewer than 5 characters; min_id_length allows them; "
                    + "device_id: Amplitude takes no id \"0\"; there is no other good id"
            ])
        #expect(
            Mapped(["type": "track", "event": "E"], .logEvent).failures == [
                "there is neither a user_id nor a device_id"
            ])
    }

    @Test func takesShortIDsThatTheOptionsAllow() {
        let mapped = Mapped(track(["userId": "abc"]), .logEvent, ["min_id_length": 3])

        #expect(mapped.first["user_id"] == "abc")
        #expect(mapped.warnings.isEmpty)
    }

    @Test func sendsAGroupWithoutAUserOfARefusedID() {
        let event: JSONObject = ["type": "group", "userId": "none", "groupId": "acme"]
        let mapped = Mapped(
            event, .groupIdentifyUser, ["group_type": "company", "group_value": ["@path": "$.groupId"]])

        #expect(mapped.calls.map(\.endpoint) == [.groupIdentify])
        #expect(mapped.warnings.count == 1)
    }

    @Test func wantsBothIDsOfAMapping() {
        #expect(
            Mapped(["type": "alias", "userId": "new-user"], .mapUser).failures
                == ["user_id is missing; a mapping of users needs both"])
    }

    @Test func warnsOfWhatGoesBeyondALimit() {
        var deep: JSON = 1
        for _ in 0..<45 { deep = ["a": deep] }
        let groups = JSONObject((1...6).map { ("type\($0)", JSON.string("x")) })
        let event = track([
            "properties": ["deep": deep, "matrix": [[1]], "long": .string(String(repeating: "x", count: 1_025))]
        ])

        let warnings = Mapped(event, .logEvent, ["groups": .object(groups)]).warnings

        #expect(
            warnings.contains("event_properties.deep.a.a.a.a.a.a: Amplitude takes 40 levels of objects, there are more")
        )
        #expect(
            warnings.contains(
                "event_properties.matrix: Amplitude takes lists of one dimension, there is a list in this one"))
        #expect(warnings.contains("event_properties.long: Amplitude takes texts of 1024 characters, this one has more"))
        #expect(warnings.contains("groups: Amplitude takes 5 groups, there are 6"))
        #expect(warnings.count == 4)
    }

    @Test func checksNothingWhereTheOriginalCounts() {
        let mapped = Mapped(track(["userId": "none"]), .logEvent, compatibility: .segment)

        #expect(mapped.first["user_id"] == "none")
    }
}
