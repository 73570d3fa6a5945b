// SPDX-License-Identifier: MIT
import Footfall
import FootfallTransport
import TestSupport
import Testing
import WebhookDestination

/// Sends a batch with headers of its own.
private final class HeaderDestination: DestinationPlugin {
    let key = "headers"
    let name = "headers"
    let timeline = Timeline()
    let usesHooks = false
    private let delivery: HeaderDelivery

    init(_ url: String, _ headers: [(name: String, value: String)]) {
        delivery = HeaderDelivery(url: url, headers: headers)
    }

    func makeDelivery() -> (any Delivery)? { delivery }
}

private struct HeaderDelivery: Delivery {
    let limits = BatchLimits.segment
    let url: String
    let headers: [(name: String, value: String)]

    func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
        .request(DeliveryRequest(url: url, headers: headers, body: Array("[]".utf8), isCompressed: false))
    }
}

extension Reliability {
    /// Which of the headers that a host gave reach the wire.
    @Suite struct HeaderTests {
        let state = TemporaryDirectory()

        private typealias Header = (name: String, value: String)

        static let bad: [[String]] = [
            ["Content-Length", "3"], ["content-length", "3"], ["Transfer-Encoding", "chunked"], ["Host", "other"],
            ["Connection", "close"], ["Expect", "100-continue"], ["TE", "trailers"], ["Trailer", "X"],
            ["Content-Encoding", "br"], ["Upgrade", "h2c"], ["X Tag", "1"], ["X:Tag", "1"], ["", "1"], ["Zähler", "1"],
            ["X-Tag", "1\r\nContent-Length: 3"], ["X-Tag", "a\0b"], ["X-Tag\r\nHost", "1"], ["X-Tag", "a\u{7F}"],
            ["X-Tag", "a\u{85}b"],
        ]

        /// Values that a webhook trims, since a token that is read from a file ends with a newline.
        static let untrimmed: [[String]] = [["X-Tag", "1\n"], ["X-Tag", "1\u{85}"], ["X-Tag", " 1\r\n"]]

        /// Delivers one event; what the server saw, and what the host was told.
        private func deliver(
            _ add: (Analytics, _ url: String) -> Void
        ) throws -> (heads: [String], bytes: Int, report: FlushReport, told: [FootfallError]) {
            let server = try RawServer()
            let told = Guarded<[FootfallError]>([])
            let analytics = Analytics(
                configuration: Configuration.test(state).errorHandler { error in told.read { $0.append(error) } })
            add(analytics, "http://\(server.address)/")
            analytics.track(name: "A")
            let report = analytics.flush(timeout: .seconds(10))
            #expect(analytics.close())
            return (server.record.heads, server.record.bytes, report, told.current)
        }

        @Test(arguments: bad) func aWebhookNeverSendsAHeaderThatCannotBeSent(_ header: [String]) throws {
            let seen = try deliver { analytics, url in
                let headers = [("X-Good", "1"), (header[0], header[1])]
                analytics.add(plugin: WebhookDestination(endpoint: url, headers: headers))
            }
            #expect(seen.bytes == 0, "\(seen.heads)")
            #expect(seen.report.queued == 1 && seen.report.isBlocked, "it is kept: \(seen.report)")
            #expect(seen.told.contains { $0.code == .invalidConfiguration && $0.message.hasPrefix("webhook: ") })
        }

        @Test(arguments: untrimmed) func aWebhookTrimsWhatItSends(_ header: [String]) throws {
            let seen = try deliver { analytics, url in
                analytics.add(plugin: WebhookDestination(endpoint: url, headers: [(header[0], header[1])]))
            }
            #expect(seen.heads.first?.contains("\r\nX-Tag: 1\r\n") == true, "\(seen.heads)")
            #expect(seen.told.isEmpty)
        }

        @Test(arguments: bad + untrimmed) func noDestinationSendsAHeaderThatCannotBeSent(_ header: [String]) throws {
            let seen = try deliver { analytics, url in
                analytics.add(plugin: HeaderDestination(url, [(header[0], header[1])]))
            }
            #expect(seen.bytes == 0, "\(seen.heads)")
            #expect(seen.report.queued == 1 && seen.report.isBlocked, "it is kept: \(seen.report)")
        }

        @Test(arguments: bad + untrimmed) func theTransportBeginsNoRequestWithSuchAHeader(_ header: [String]) throws {
            let transport = try Transport()
            let headers = [HTTPHeader(name: header[0], value: header[1])]
            let options = TransportOptions()
            #expect(
                transport.post(
                    "http://127.0.0.1:1/", headers: headers, body: [], isGzip: false, options: options, tag: 1,
                    responseLimit: 0) != nil)
            #expect(transport.head("http://127.0.0.1:1/", headers: headers, options: options, tag: 2) != nil)
            #expect(!transport.isBusy)
        }

        @Test(arguments: bad) func aConfigurationWithSuchAHeaderIsAnError(_ header: [String]) throws {
            let object: JSONObject = [
                "destinations": [
                    [
                        "type": "webhook", "endpoint": "https://collector.invalid/",
                        "headers": .object([header[0]: .string(header[1])]),
                    ]
                ]
            ]
            let file = try ConfigurationFile(bytes: Array(object.text.utf8), name: "footfall.json")
            let webhook = try #require(file.destinations?.first)
            #expect(throws: ConfigurationError.self) { try WebhookDestination(webhook) }
        }

        @Test func aUserAgentOfOnesOwnReplacesOurs() throws {
            let own = try deliver { analytics, url in
                analytics.add(plugin: WebhookDestination(endpoint: url, headers: [("user-agent", "kiosk/2")]))
            }
            let agents = own.heads.flatMap { $0.split(separator: "\r\n") }.filter {
                $0.lowercased().hasPrefix("user-agent:")
            }
            #expect(agents == ["user-agent: kiosk/2"])
            let ours = try deliver { analytics, url in analytics.add(plugin: WebhookDestination(endpoint: url)) }
            #expect(ours.heads.first?.contains("\r\nUser-Agent: footfall/") == true, "\(ours.heads)")
        }

        @Test func goodHeadersArriveAsTheyAre() throws {
            let seen = try deliver { analytics, url in
                let headers = [("X-Tag", "grün: 1"), ("X-Empty", ""), ("Authorization", "Bearer a.b~c")]
                analytics.add(plugin: WebhookDestination(endpoint: url, headers: headers))
            }
            let lines = seen.heads.flatMap { $0.split(separator: "\r\n") }
            #expect(lines.contains("X-Tag: grün: 1") && lines.contains("X-Empty:"), "\(lines)")
            #expect(lines.contains("Authorization: Bearer a.b~c") && seen.report.queued == 0)
        }
    }
}
