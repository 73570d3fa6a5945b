// SPDX-License-Identifier: MIT
import Footfall
import Testing

@Suite struct DeliveryOutcomeTests {
    private func kind(_ status: Int) -> String {
        switch DeliveryOutcome(status: DeliveryResponse(status: status)) {
        case .accepted: "accepted"
        case .refused, .partial: "refused"
        case .retry: "retry"
        case .blocked: "blocked"
        }
    }

    @Test func sortsEveryStatusIntoItsClass() {
        for status in 100...599 {
            let expected =
                switch status {
                case 200...299: "accepted"
                case 400, 413, 422: "refused"
                case 408, 429: "retry"
                case 501, 505, 511: "blocked"
                case 500...599: "retry"
                default: "blocked"
                }
            #expect(kind(status) == expected, "\(status)")
        }
    }

    @Test(arguments: [408, 429, 500, 503, 529])
    func takesTheTimeThatTheServerNames(status: Int) {
        let response = DeliveryResponse(status: status, headers: [("retry-after", "60")])
        #expect(DeliveryOutcome(status: response) == .retry("the server answered \(status)", after: .seconds(60)))
    }

    @Test func cutsATimeOfMoreThanADay() {
        func retryAfter(_ text: String) -> Duration? {
            DeliveryResponse(status: 429, headers: [("retry-after", text)]).retryAfter
        }
        #expect(retryAfter("86400") == .seconds(86_400))
        #expect(retryAfter("86401") == .seconds(86_400))
        #expect(retryAfter("9223372036854775807") == .seconds(86_400))
        for text in ["", "-1", "1.5", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "99999999999999999999"] {
            #expect(retryAfter(text) == nil, "\(text)")
        }
    }

    @Test func quotesTheBeginningOfARefusal() {
        let response = DeliveryResponse(
            status: 400, body: Array("bad\nevent \(String(repeating: "x", count: 500))".utf8))
        guard case .refused(let why) = DeliveryOutcome(status: response) else {
            Issue.record("not refused")
            return
        }
        #expect(why.hasPrefix("the server answered 400: bad event xxx"))
        #expect(why.utf8.count < 160)
    }

    @Test func findsHeadersByTheirName() {
        let response = DeliveryResponse(status: 200, headers: [("a", "1"), ("b", "2"), ("a", "3")])
        #expect(response.header("a") == "1")
        #expect(response.header("c") == nil)
    }

    @Test func aPartWithoutAReaderIsJudgedByTheStatus() {
        let part = DeliveryPlan.Part(request: DeliveryRequest(url: "https://example.com", body: []), places: [0])
        #expect(part.read(DeliveryResponse(status: 204)) == nil)
        func rest(_ status: Int) -> DeliveryVerdicts.Rest? { part.read(DeliveryResponse(status: status))?.rest }
        guard case .refused = rest(400), case .retry = rest(503), case .blocked = rest(401) else {
            Issue.record("\(rest(400) as Any) \(rest(503) as Any) \(rest(401) as Any)")
            return
        }
    }
}
