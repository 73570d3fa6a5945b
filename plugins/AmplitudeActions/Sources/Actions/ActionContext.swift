// SPDX-License-Identifier: MIT
import FootfallJSON

/// What an action needs besides its payload.
struct ActionContext: Sendable {
    var compatibility: AmplitudeCompatibility
    /// The time of an event that has none.
    var now: Timestamp

    var isOriginal: Bool { compatibility == .segment }
}

extension ActionContext {
    /// The milliseconds of a date; `nil` when the value is no date.
    func moment(_ value: JSON) -> Int64? {
        guard case .string(let text) = value else { return value.doubleValue.flatMap { DateText.milliseconds($0) } }
        if !isOriginal, let moment = DateText.epoch(text) { return moment }
        return DateText.milliseconds(text)
    }

    /// A session id: digits are the number, anything else is a date.
    func session(_ value: JSON) -> JSON? {
        if case .string(let text) = value, !text.isEmpty, text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) {
            return Int64(text).map(JSON.int) ?? Double(text).map { JSON($0) }
        }
        return moment(value).map(JSON.int)
    }
}
