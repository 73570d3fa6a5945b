// SPDX-License-Identifier: MIT
import Footfall
import FootfallJSON
import FootfallStore

/// What Amplitude's answer means for the items of a call.
package enum AmplitudeAnswer: Sendable, Equatable {
    /// All items are accepted.
    case accepted
    /// Some items are refused for good; others must be sent again.
    case partial(AmplitudeVerdicts)
    /// The request is too large and must be halved; a single item is refused.
    case tooLarge(String)
    /// All items are refused for good.
    case refused(String)
    /// No item was accepted; the call must be sent again later.
    case retry(String, after: Duration?)
    /// The key, the address or the network is wrong; the items are kept.
    case blocked(String)
}

/// The verdict on each item, by the item's place in the call.
package struct AmplitudeVerdicts: Sendable, Equatable {
    /// Items that are refused for good, each with the reason.
    package var refused: [Int: String] = [:]
    /// Items that must be sent again after ``wait``.
    package var throttled: Set<Int> = []
    /// Items that must be sent again at once.
    package var again: Set<Int> = []
    /// How long to wait before ``throttled`` items are sent again.
    package var wait: Duration = .zero
}

extension AmplitudeAnswer {
    /// How long Amplitude asks to wait with throttled items. It counts events over 30 seconds.
    static func wait(_ endpoint: AmplitudeEndpoint) -> Duration {
        endpoint == .identify || endpoint == .groupIdentify ? .seconds(15) : .seconds(30)
    }

    /// Reads the answer to a call.
    package init(_ response: DeliveryResponse, to call: AmplitudeCall) {
        // A body that is no JSON has no lists to read.
        let body = response.body.withUnsafeBufferPointer { try? JSONParser.parse($0) }?.objectValue
        let said = body?["error"]?.stringValue ?? ""
        let text = "Amplitude answered \(response.status)" + (said.isEmpty ? "" : ": \(Self.printable(said))")
        switch response.status {
        case 200..<300: self = Self.success(response, body, call)
        case 400: self = Self.badRequest(text, said, body ?? [:], call)
        case 413: self = .tooLarge(text)
        case 429: self = Self.throttled(text, response, body ?? [:], call)
        case 408, 500...: self = .retry(text, after: response.retryAfter)
        default: self = .blocked(text + (body == nil ? DeliveryOutcome.excerpt(response.body) : ""))
        }
    }

    fileprivate static func printable(_ text: String) -> String {
        String(DeliveryOutcome.excerpt(Array(text.utf8)).dropFirst(2))
    }

    /// Accepts a 2xx answer only with Amplitude's own body, since the login page of a network may
    /// be a 200 too.
    private static func success(
        _ response: DeliveryResponse, _ body: JSONObject?, _ call: AmplitudeCall
    ) -> AmplitudeAnswer {
        let isOwn: Bool
        switch call.endpoint {
        case .httpapi, .batch: isOwn = body?["code"]?.intValue == Int64(response.status)
        default: isOwn = ByteOrderMark.skipped(response.body).first { $0 > 0x20 } != UInt8(ascii: "<")
        }
        if isOwn { return .accepted }
        return .blocked(
            "the answer \(response.status) is not Amplitude's, something between may have given it"
                + DeliveryOutcome.excerpt(response.body))
    }

    private static func badRequest(
        _ text: String, _ said: String, _ body: JSONObject, _ call: AmplitudeCall
    ) -> AmplitudeAnswer {
        let missing = body["missing_field"]?.stringValue
        if said.lowercased().contains(words: "invalid api key") || missing == "api_key" { return .blocked(text) }
        if let missing { return .refused("\(text) (\(printable(missing)) is missing)") }
        var reader = VerdictReader(call)
        for list in ["events_with_invalid_fields", "events_with_missing_fields", "events_with_invalid_id_lengths"] {
            reader.refuse(fields: body[list], list)
        }
        reader.refuse(indexes: body["silenced_events"], "silenced_events")
        reader.refuse(ids: body["silenced_devices"], "silenced_devices")
        reader.readThrottling(body)
        return reader.answer(text) ?? .refused(text)
    }

    private static func throttled(
        _ text: String, _ response: DeliveryResponse, _ body: JSONObject, _ call: AmplitudeCall
    ) -> AmplitudeAnswer {
        var reader = VerdictReader(call)
        reader.readThrottling(body)
        return reader.answer(text, wait: response.retryAfter)
            ?? .retry(text, after: response.retryAfter ?? wait(call.endpoint))
    }
}

/// Collects what the lists of an answer say about items.
private struct VerdictReader {
    private let call: AmplitudeCall
    private var verdicts = AmplitudeVerdicts()

    init(_ call: AmplitudeCall) { self.call = call }

    private mutating func refuse(_ index: Int, _ reason: String) {
        if call.items.indices.contains(index), verdicts.refused[index] == nil { verdicts.refused[index] = reason }
    }

    private static func indexes(_ list: JSON?) -> [Int] {
        (list?.arrayValue ?? []).compactMap { $0.intValue.flatMap { Int(exactly: $0) } }
    }

    /// Reads `{field: [index…]}`.
    mutating func refuse(fields: JSON?, _ list: String) {
        for member in fields?.objectValue?.members ?? [] {
            let field = KeptText.cut(AmplitudeAnswer.printable(member.key))
            for index in Self.indexes(member.value) { refuse(index, "\(list): \(field)") }
        }
    }

    mutating func refuse(indexes list: JSON?, _ reason: String) {
        for index in Self.indexes(list) { refuse(index, reason) }
    }

    /// Reads `[id…]` or `{id: number}`.
    mutating func refuse(ids list: JSON?, _ reason: String) {
        for index in places(of: list) { refuse(index, reason) }
    }

    mutating func readThrottling(_ body: JSONObject) {
        for list in ["exceeded_daily_quota_devices", "exceeded_daily_quota_users"] { refuse(ids: body[list], list) }
        verdicts.throttled.formUnion(Self.indexes(body["throttled_events"]).filter(call.items.indices.contains))
        for list in ["throttled_devices", "throttled_users"] { verdicts.throttled.formUnion(places(of: body[list])) }
    }

    /// The items of these users or devices.
    private func places(of list: JSON?) -> [Int] {
        var ids = Set((list?.arrayValue ?? []).compactMap(\.stringValue).map(UTF8Key.init))
        for member in list?.objectValue?.members ?? [] { ids.insert(UTF8Key(member.key)) }
        guard !ids.isEmpty else { return [] }
        return call.items.indices.filter { index in
            ["user_id", "device_id"].contains { key in
                call.items[index][key]?.stringValue.map { ids.contains(UTF8Key($0)) } ?? false
            }
        }
    }

    /// The answer by the lists that were read; `nil` when none of them named an item.
    func answer(_ text: String, wait: Duration? = nil) -> AmplitudeAnswer? {
        var verdicts = verdicts
        verdicts.throttled.subtract(verdicts.refused.keys)
        guard !verdicts.refused.isEmpty || !verdicts.throttled.isEmpty else { return nil }
        verdicts.again = Set(call.items.indices).subtracting(verdicts.refused.keys).subtracting(verdicts.throttled)
        if !verdicts.throttled.isEmpty { verdicts.wait = wait ?? AmplitudeAnswer.wait(call.endpoint) }
        verdicts.refused = verdicts.refused.mapValues { "\(text) (\($0))" }
        return .partial(verdicts)
    }
}

extension String {
    fileprivate func contains(words: String) -> Bool {
        var rest = utf8[...]
        while rest.count >= words.utf8.count {
            if rest.starts(with: words.utf8) { return true }
            rest = rest.dropFirst()
        }
        return false
    }
}
