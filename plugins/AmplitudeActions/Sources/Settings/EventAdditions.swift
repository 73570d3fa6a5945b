// SPDX-License-Identifier: MIT
import FootfallJSON

/// What is added to an event before the mappings. Segment's servers add the same before a
/// destination sees an event.
package struct EventAdditions: Sendable {
    /// Whether an event without `context.ip` gets `$remote`. Amplitude replaces that by the
    /// address that the request came from. The default is true.
    package var addsRemoteAddress = true
    /// Whether an event without `insert_id` gets its `messageId` as one, so that Amplitude
    /// recognises an event that arrives twice. The default is true.
    package var addsInsertID = true

    /// Whether the event's time is written in UTC. Earlier versions stored it as it was typed, in
    /// forms that a mapping does not take. The default is true.
    package var writesTimeInUTC = true

    /// Adds everything that Segment's servers add.
    package static let servers = EventAdditions()
    /// Adds nothing, for comparisons with the original.
    package static let none = EventAdditions(addsRemoteAddress: false, addsInsertID: false, writesTimeInUTC: false)

    package init(addsRemoteAddress: Bool = true, addsInsertID: Bool = true, writesTimeInUTC: Bool = true) {
        self.addsRemoteAddress = addsRemoteAddress
        self.addsInsertID = addsInsertID
        self.writesTimeInUTC = writesTimeInUTC
    }

    /// The event as the mappings see it.
    func prepared(_ event: JSON) -> JSON {
        guard case .object(var object) = event else { return event }
        if writesTimeInUTC, let text = object["timestamp"]?.stringValue, !Self.isCanonical(text),
            let time = Timestamp(text)
        {
            object["timestamp"] = .string(time.description)
        }
        if addsRemoteAddress, Self.lacksAddress(object) { object.update("context") { $0["ip"] = "$remote" } }
        return .object(object)
    }

    /// Whether a time is surely written as this version writes it: 24 bytes, and no leap second.
    private static func isCanonical(_ text: String) -> Bool {
        let bytes = text.utf8
        return bytes.count == 24 && bytes.last == UInt8(ascii: "Z") && bytes.dropFirst(10).first == UInt8(ascii: "T")
            && bytes.dropFirst(17).first != UInt8(ascii: "6")
    }

    private static func lacksAddress(_ event: JSONObject) -> Bool {
        switch event["context"] {
        case .object(let context)?: context["ip"]?.isNull ?? true
        case nil, .null?: true
        default: false
        }
    }

    /// The id by which Amplitude recognises an event that arrives twice.
    ///
    /// Several mappings may each make an Amplitude event from one event. The second and further
    /// ids have their mapping's name.
    func insertID(_ event: JSON, mapping: String, isFirst: Bool) -> JSON? {
        guard addsInsertID, let id = event.objectValue?["messageId"]?.stringValue, !id.isEmpty else { return nil }
        return .string(isFirst ? id : "\(id):\(mapping)")
    }
}
