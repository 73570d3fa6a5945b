// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallMapping

/// A call, and the event of a batch that it comes from.
package struct SourcedCall: Sendable {
    /// The place of the event in its batch.
    package var source: Int
    package var call: AmplitudeCall

    package init(source: Int, call: AmplitudeCall) {
        self.source = source
        self.call = call
    }
}

/// A call with the items of one or more calls.
package struct MergedCall: Sendable {
    package var call: AmplitudeCall
    /// For each item, the place of its event in the batch.
    package var sources: [Int]
}

/// Merges calls for the same endpoint with the same options, so that a request has many
/// events.
///
/// The calls of a user keep their order: an item joins an earlier call only if no call after
/// that one has the same user, device, group or event.
package struct CallMerger {
    private struct Key: Hashable {
        var endpoint: AmplitudeEndpoint
        var minimumIDLength: Int64?
    }

    private var merged: [MergedCall] = []
    private var sizes: [Int] = []
    /// The last call of each kind, to which items can be added.
    private var open: [Key: Int] = [:]
    /// The last call of each user, device, group and event.
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

    /// The bytes of the key, the options and the brackets around the items.
    private static let frame = 256

    /// The bytes of the items in a request. Encoding a form may triple them.
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
    /// The user, device, group and event of an item. Items that share one keep their order.
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

    /// The call as `$identify` and `$groupidentify` events of HTTP V2, which keep their order among
    /// the other events. Other calls are returned unchanged.
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
