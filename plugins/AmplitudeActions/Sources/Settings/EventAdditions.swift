// SPDX-License-Identifier: MIT
import FootfallJSON

/// What Segment's servers add to an event before a destination sees it, and
/// Footfall therefore adds on the device.
package struct EventAdditions: Sendable {
    /// Whether an event without `context.ip` gets `$remote`, Amplitude's word
    /// for the address that the request came from. The default is true.
    package var addsRemoteAddress = true
    /// Whether an event without `insert_id` gets its `messageId`, so that
    /// Amplitude recognises it when it comes twice. The default is true.
    package var addsInsertID = true

    /// Everything that the servers add.
    package static let servers = EventAdditions()
    /// Nothing: for comparisons with the original.
    package static let none = EventAdditions(addsRemoteAddress: false, addsInsertID: false)

    package init(addsRemoteAddress: Bool = true, addsInsertID: Bool = true) {
        self.addsRemoteAddress = addsRemoteAddress
        self.addsInsertID = addsInsertID
    }

    /// The event as the mappings see it.
    func prepared(_ event: JSON) -> JSON {
        guard addsRemoteAddress, case .object(var object) = event else { return event }
        switch object["context"] {
        case .object(let context)?:
            if let ip = context["ip"], !ip.isNull { return event }
        case nil, .null?: break
        default: return event
        }
        object.update("context") { $0["ip"] = "$remote" }
        return .object(object)
    }

    /// The id by which Amplitude recognises the event that a mapping made of
    /// one of ours. Several mappings may make one each: the second and further
    /// ones carry their mapping's name.
    func insertID(_ event: JSON, mapping: String, isFirst: Bool) -> JSON? {
        guard addsInsertID, let id = event.objectValue?["messageId"]?.stringValue, !id.isEmpty else { return nil }
        return .string(isFirst ? id : "\(id):\(mapping)")
    }
}
