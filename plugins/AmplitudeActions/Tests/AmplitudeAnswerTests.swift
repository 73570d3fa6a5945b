// SPDX-License-Identifier: MIT
import AmplitudeActions
import Footfall
import Testing

@Suite struct AmplitudeAnswerTests {
    private let call = AmplitudeCall(
        endpoint: .httpapi,
        items: (0..<4).map { ["user_id": .string("user-\($0)"), "device_id": .string("device-\($0)")] })

    private func answer(
        _ status: Int, _ body: JSON = [:], headers: [(name: String, value: String)] = [],
        endpoint: AmplitudeEndpoint = .httpapi
    ) -> AmplitudeAnswer {
        var call = call
        call.endpoint = endpoint
        return AmplitudeAnswer(
            DeliveryResponse(status: status, headers: headers, body: Array(body.text.utf8)), to: call)
    }

    private func partial(_ answer: AmplitudeAnswer) -> AmplitudeVerdicts? {
        if case .partial(let verdicts) = answer { return verdicts }
        return nil
    }

    @Test func takesAmplitudesOwnSuccessOnly() {
        #expect(answer(200, ["code": 200, "events_ingested": 4]) == .accepted)
        #expect(answer(200, "success", endpoint: .identify) == .accepted)
        for endpoint in [AmplitudeEndpoint.httpapi, .identify] {
            var call = call
            call.endpoint = endpoint
            let page = DeliveryResponse(status: 200, body: Array("<html>Log in</html>".utf8))
            guard case .blocked = AmplitudeAnswer(page, to: call) else {
                Issue.record("a login page was taken for success")
                continue
            }
        }
    }

    @Test func skipsAByteOrderMark() {
        func answer(_ text: String, _ endpoint: AmplitudeEndpoint) -> AmplitudeAnswer {
            var call = call
            call.endpoint = endpoint
            return AmplitudeAnswer(DeliveryResponse(status: 200, body: Array(text.utf8)), to: call)
        }
        #expect(answer("\u{FEFF}{\"code\":200}", .httpapi) == .accepted)
        #expect(answer("\u{FEFF}success", .identify) == .accepted)
        guard case .blocked = answer("\u{FEFF}<html>Log in</html>", .identify) else {
            Issue.record("a login page was taken for success")
            return
        }
    }

    @Test func blocksOnAnInvalidKey() {
        #expect(
            answer(400, ["code": 400, "error": "Invalid API key: abc"])
                == .blocked("Amplitude answered 400: Invalid API key: abc"))
        #expect(
            answer(400, ["error": "Request missing required field", "missing_field": "api_key"])
                == .blocked("Amplitude answered 400: Request missing required field"))
    }

    @Test func refusesAllForAMissingField() {
        #expect(
            answer(400, ["error": "missing", "missing_field": "events"])
                == .refused("Amplitude answered 400: missing (events is missing)"))
    }

    @Test func refusesWhatTheListsNameAndSendsTheRestAgain() throws {
        let verdicts = try #require(
            partial(
                answer(
                    400,
                    [
                        "error": "e", "events_with_invalid_fields": ["time": [1, 99]], "silenced_events": [1],
                        "silenced_devices": ["device-3"],
                    ])))

        #expect(
            verdicts.refused == [
                1: "Amplitude answered 400: e (events_with_invalid_fields: time)",
                3: "Amplitude answered 400: e (silenced_devices)",
            ])
        #expect(verdicts.again == [0, 2])
        #expect(verdicts.wait == .zero)
    }

    @Test func refusesAllWhereNoListNamesAny() {
        #expect(answer(400, ["error": "e"]) == .refused("Amplitude answered 400: e"))
    }

    @Test func dropsOverQuotaAndWaitsForThrottled() throws {
        let body: JSON = [
            "error": "Too many requests", "eps_threshold": 30, "exceeded_daily_quota_users": ["user-0": 500_001],
            "throttled_devices": ["device-1": 40], "throttled_events": [1, 2],
        ]

        let verdicts = try #require(partial(answer(429, body)))

        #expect(Set(verdicts.refused.keys) == [0])
        #expect(verdicts.throttled == [1, 2])
        #expect(verdicts.again == [3])
        #expect(verdicts.wait == .seconds(30))
        #expect(partial(answer(429, body, endpoint: .identify))?.wait == .seconds(15))
        #expect(partial(answer(429, body, headers: [("retry-after", "7")]))?.wait == .seconds(7))
    }

    @Test func waitsWhenNothingIsNamed() {
        #expect(answer(429) == .retry("Amplitude answered 429", after: .seconds(30)))
    }

    @Test(arguments: [
        (413, "tooLarge"), (500, "retry"), (503, "retry"), (408, "retry"), (401, "blocked"), (302, "blocked"),
    ])
    func sortsOtherAnswers(_ status: Int, _ expected: String) {
        let kind =
            switch answer(status) {
            case .accepted: "accepted"
            case .partial: "partial"
            case .tooLarge: "tooLarge"
            case .refused: "refused"
            case .retry: "retry"
            case .blocked: "blocked"
            }
        #expect(kind == expected)
    }
}
