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

    /// Adds everything that Segment's servers add.
    package static let servers = EventAdditions()
    /// Adds nothing, for comparisons with the original.
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

    /// The id by which Amplitude recognises an event that arrives twice.
    ///
    /// Several mappings may each make an Amplitude event from one event. The second and further
    /// ids have their mapping's name.
    func insertID(_ event: JSON, mapping: String, isFirst: Bool) -> JSON? {
        guard addsInsertID, let id = event.objectValue?["messageId"]?.stringValue, !id.isEmpty else { return nil }
        return .string(isFirst ? id : "\(id):\(mapping)")
    }
}
