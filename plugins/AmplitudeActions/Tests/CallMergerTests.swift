// SPDX-License-Identifier: MIT
import AmplitudeActions
import Footfall
import Testing

@Suite struct CallMergerTests {
    private func call(_ endpoint: AmplitudeEndpoint, _ item: JSONObject, length: Int64? = nil) -> AmplitudeCall {
        AmplitudeCall(endpoint: endpoint, items: [item], minimumIDLength: length)
    }

    private func merged(_ calls: [AmplitudeCall], isMerging: Bool = true) -> [MergedCall] {
        CallMerger.merged(
            calls.enumerated().map { SourcedCall(source: $0.offset, call: $0.element) }, isMerging: isMerging)
    }

    @Test func putsEventsOfDifferentUsersTogether() {
        let result = merged(["a", "b", "a"].map { call(.httpapi, ["user_id": .string($0)]) })

        #expect(result.count == 1)
        #expect(result[0].sources == [0, 1, 2])
        #expect(result[0].call.items.map { $0["user_id"] } == ["a", "b", "a"])
    }

    @Test func keepsTheOrderOfAUserBetweenEventsAndIdentifies() {
        let result = merged([
            call(.httpapi, ["user_id": "a", "n": 1]), call(.identify, ["user_id": "a"]),
            call(.httpapi, ["user_id": "b"]), call(.httpapi, ["user_id": "a", "n": 2]),
            call(.identify, ["user_id": "b"]),
        ])

        #expect(result.map(\.call.endpoint) == [.httpapi, .identify, .httpapi])
        #expect(result.map(\.sources) == [[0, 2], [1, 4], [3]])
    }

    @Test func knowsAUserByTheDeviceToo() {
        let result = merged([
            call(.httpapi, ["device_id": "d"]), call(.identify, ["user_id": "a", "device_id": "d"]),
            call(.httpapi, ["user_id": "x", "device_id": "d"]),
        ])

        #expect(result.map(\.sources) == [[0], [1], [2]])
    }

    @Test func separatesDifferentOptions() {
        let result = merged([
            call(.httpapi, ["user_id": "a"]), call(.httpapi, ["user_id": "b"], length: 3),
            call(.httpapi, ["user_id": "c"]),
        ])

        #expect(result.map(\.sources) == [[0, 2], [1]])
    }

    @Test func tellsAGroupAfterItsUser() {
        let calls = ["a", "b"].flatMap { user in
            [
                SourcedCall(source: user == "a" ? 0 : 1, call: call(.identify, ["user_id": .string(user)])),
                SourcedCall(
                    source: user == "a" ? 0 : 1,
                    call: call(.groupIdentify, ["group_type": "company", "group_value": "acme", "of": .string(user)])),
            ]
        }

        let result = CallMerger.merged(calls)

        #expect(result.map(\.call.endpoint) == [.identify, .groupIdentify])
        #expect(result[1].call.items.map { $0["of"] } == ["a", "b"])
    }

    @Test func beginsAnotherRequestWhenOneIsFull() {
        let text = JSON.string(String(repeating: "x", count: 400_000))
        let result = merged(
            (0..<5).map { call(.httpapi, ["user_id": .string("u\($0)"), "event_properties": ["x": text]]) })

        #expect(result.map(\.sources) == [[0, 1], [2, 3], [4]])
    }

    @Test func keepsEveryCallByItselfWithoutMerging() {
        let result = merged([call(.httpapi, ["user_id": "a"]), call(.httpapi, ["user_id": "b"])], isMerging: false)

        #expect(result.map(\.sources) == [[0], [1]])
    }

    @Test func writesMergedIdentificationsAsAList() {
        let calls = merged(
            ["user-1", "user-2"].map { user in
                Mapped(["type": "identify", "userId": .string(user)], .identifyUser).call
            })

        let request = AmplitudeSettings(apiKey: "k").request(for: calls[0].call)

        guard case .form(let pairs) = request.content else {
            Issue.record("no form")
            return
        }
        #expect(pairs.map(\.name) == ["api_key", "identification"])
        #expect(
            pairs[1].value
                == #"[{"user_id":"user-1","library":"segment"},{"user_id":"user-2","library":"segment"}]"#)
    }

    @Test func makesEventsOfIdentifications() {
        let call = Mapped(["type": "identify", "userId": "user-1", "traits": ["a": 1]], .identifyUser).call

        let events = call.asEvents(time: 5)

        #expect(events.endpoint == .httpapi)
        #expect(
            events.items == [
                [
                    "user_id": "user-1", "user_properties": ["$set": ["a": 1]], "library": "segment",
                    "event_type": "$identify", "time": 5,
                ]
            ])
    }

    @Test func makesEventsOfGroups() {
        let group = call(
            .groupIdentify, ["group_type": "company", "group_value": "acme", "group_properties": ["n": 1]])

        #expect(
            group.asEvents(time: nil).items == [
                [
                    "group_properties": ["$set": ["n": 1]], "event_type": "$groupidentify",
                    "groups": ["company": "acme"],
                ]
            ])
    }
}
