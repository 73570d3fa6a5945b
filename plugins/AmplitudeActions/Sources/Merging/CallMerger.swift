// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallMapping

/// A call, and which event of a batch it comes from.
package struct SourcedCall: Sendable {
    /// The place of the event in its batch.
    package var source: Int
    package var call: AmplitudeCall

    package init(source: Int, call: AmplitudeCall) {
        self.source = source
        self.call = call
    }
}

/// One call with the items of several.
package struct MergedCall: Sendable {
    package var call: AmplitudeCall
    /// The place in the batch of the event that each item comes from.
    package var sources: [Int]
}

/// Puts calls of one endpoint and equal options together, so that a request
/// carries many events.
///
/// Nobody's calls change their order: an item joins an earlier call only if no
/// call behind that one is about the same user, device, group or event.
package struct CallMerger {
    private struct Key: Hashable {
        var endpoint: AmplitudeEndpoint
        var minimumIDLength: Int64?
    }

    private var merged: [MergedCall] = []
    private var sizes: [Int] = []
    /// The last call of each kind, to which more can be added.
    private var open: [Key: Int] = [:]
    /// The last call that is about somebody.
    private var last: [UTF8Key: Int] = [:]

    private init() {}

    /// The calls as they are sent, in this order; with `isMerging` false every call stays by itself.
    package static func merged(_ calls: [SourcedCall], isMerging: Bool = true) -> [MergedCall] {
        guard isMerging else {
            return calls.map {
                MergedCall(call: $0.call, sources: Array(repeating: $0.source, count: $0.call.items.count))
            }
        }
        var merger = CallMerger()
        for call in calls { merger.add(call) }
        return merger.merged
    }

    private mutating func add(_ sourced: SourcedCall) {
        let call = sourced.call
        let key = Key(endpoint: call.endpoint, minimumIDLength: call.minimumIDLength)
        let size = Self.size(call)
        let names = call.items.flatMap(AmplitudeCall.orderKeys).map(UTF8Key.init) + [UTF8Key("s\(sourced.source)")]
        let earliest = names.compactMap { last[$0] }.max() ?? 0
        let limit = call.endpoint.limit
        let place: Int
        if let open = open[key], open >= earliest, sizes[open] + size <= limit.bytes,
            merged[open].call.items.count + call.items.count <= limit.items
        {
            place = open
            merged[open].call.items += call.items
            merged[open].call.isSingle = false
            sizes[open] += size
        } else {
            place = merged.count
            merged.append(MergedCall(call: call, sources: []))
            sizes.append(size + Self.frame)
            open[key] = place
        }
        merged[place].sources += Array(repeating: sourced.source, count: call.items.count)
        for name in names { last[name] = place }
    }

    /// Key, options and what is around the items.
    private static let frame = 256

    /// The bytes of the items in a request; in a form they may become three
    /// times as many.
    private static func size(_ call: AmplitudeCall) -> Int {
        var buffer = ByteBuffer(capacity: 1024)
        for item in call.items {
            buffer.append(json: item)
            buffer.append(UInt8(ascii: ","))
        }
        switch call.endpoint {
        case .httpapi, .batch: return buffer.count
        default: return buffer.count * 3
        }
    }
}

extension AmplitudeCall {
    /// Whom an item is about: items about the same keep their order.
    static func orderKeys(of item: JSONObject) -> [String] {
        var keys: [String] = []
        for key in ["user_id", "global_user_id"] {
            if let id = item[key]?.stringValue { keys.append("u" + id) }
        }
        if let id = item["device_id"]?.stringValue { keys.append("d" + id) }
        if let type = item["group_type"]?.stringValue, let value = item["group_value"]?.javaScriptText {
            keys.append("g\(type)=\(value)")
        }
        return keys
    }

    /// The call as events of HTTP V2, which keep their order with all others:
    /// `$identify` and `$groupidentify`. Other calls stay what they are.
    package func asEvents(time: Int64?) -> AmplitudeCall {
        let name: String
        switch endpoint {
        case .identify: name = "$identify"
        case .groupIdentify: name = "$groupidentify"
        default: return self
        }
        let events = items.map { item in
            var event = item
            event["event_type"] = .string(name)
            if event["time"] == nil, let time { event["time"] = .int(time) }
            if let properties = event["user_properties"]?.objectValue {
                event["user_properties"] = .object(UserProperties.asOperations(properties))
            }
            if name == "$groupidentify" {
                let group = JSONObject([(item["group_type"]?.stringValue ?? "", item["group_value"] ?? "")])
                event["groups"] = .object(group)
                event["group_properties"] = .object(
                    UserProperties.asOperations(item["group_properties"]?.objectValue ?? [:]))
                event["group_type"] = nil
                event["group_value"] = nil
            }
            return event
        }
        return AmplitudeCall(endpoint: .httpapi, items: events, minimumIDLength: minimumIDLength)
    }
}
