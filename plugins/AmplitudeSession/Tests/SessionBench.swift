// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import FootfallStore
import TestSupport
import Testing

let begin: Int64 = 1_700_000_000_000
let limit = Duration.seconds(1_800)

/// A stored event, as far as sessions go.
struct Stored: Equatable, CustomStringConvertible {
    var name: String
    var id: Int64?
    var time: Int64 = 0
    var anonymousId: String?
    var userId: String?

    var description: String { "\(name)(\(id.map(String.init) ?? "-"))" }
}

/// What a suite on a real store needs.
protocol SessionBench {
    var directory: TemporaryDirectory { get }
    var time: TestClock { get }
}

extension SessionBench {
    func make(_ clock: TestClock? = nil) -> Analytics {
        let analytics = Analytics(configuration: .test(directory, clock ?? time))
        analytics.add(plugin: AmplitudeSession(limit: limit))
        return analytics
    }

    func store(_ analytics: Analytics) { #expect(analytics.store(timeout: .seconds(10)) == nil) }

    func bodies() throws -> [JSONObject] { try storedEvents(directory) }

    func stored() throws -> [Stored] {
        try bodies().map { body in
            Stored(
                name: body["event"]?.stringValue ?? body["type"]?.stringValue ?? "?",
                id: body["integrations"]?.objectValue?["Actions Amplitude"]?.objectValue?["session_id"]?.intValue,
                time: body["timestamp"]?.stringValue.flatMap { Timestamp($0) }?.milliseconds ?? 0,
                anonymousId: body["anonymousId"]?.stringValue, userId: body["userId"]?.stringValue)
        }
    }

    func end() throws -> Stored? { try stored().first { $0.name == "session_end" } }

    func text() throws -> String { try stored().map(\.description).joined(separator: " ") }

    func key(_ name: String) throws -> String? { try inspect(directory) { try $0.keyValue.text(name) } }
}
