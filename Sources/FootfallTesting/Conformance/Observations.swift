// SPDX-License-Identifier: MIT
import Footfall

/// What the probes around a plugin see of it.
///
/// A probe in front of the plugin says that one of its methods begins, a probe behind it that
/// the method has ended.
final class Observations: Sendable {
    /// What is compared of an event. It has no part of the event that a plugin could share.
    struct Sight {
        var type: EventType
        var messageId: String
        var timestamp: Timestamp
        var anonymousId: String

        init(_ event: Event) {
            type = event.type
            messageId = event.messageId
            timestamp = event.timestamp
            anonymousId = event.anonymousId
        }
    }

    struct State {
        /// The method that the plugin is in.
        var method: (name: String, since: Int64)?
        var slowest: (name: String, took: Int64)?
        var entered: Sight?
        /// Events that came to the plugin, and that went on behind it.
        var entries = 0
        var exits = 0
        /// Events that came to the client.
        var arrivals = 0
        var shutdowns = 0
        /// The anonymousId behind the plugin, by that in front of it.
        var visitors: [String: String] = [:]
        /// The first change that breaks a rule.
        var change: String?

        fileprivate mutating func compare(_ front: Sight, _ back: Sight) {
            let known = visitors.updateValue(back.anonymousId, forKey: front.anonymousId)
            let found: String? =
                if front.type != back.type {
                    "the type of an event (\(front.type.rawValue) became \(back.type.rawValue))"
                } else if front.messageId != back.messageId {
                    "the messageId of an event"
                } else if front.timestamp != back.timestamp {
                    "the timestamp of an event"
                } else if back.anonymousId.isEmpty {
                    "the anonymousId of an event to nothing"
                } else if let known, known != back.anonymousId {
                    "the anonymousId of one visitor to several ids"
                } else {
                    nil
                }
            change = change ?? found
        }
    }

    private let state = Guarded(State())

    var current: State { state.current }

    func arrived() { state.read { $0.arrivals += 1 } }

    func begin(_ method: String) { state.read { $0.method = (method, Patience.now) } }

    func end() {
        state.read { state in
            guard let method = state.method else { return }
            let took = Patience.now - method.since
            if took > state.slowest?.took ?? 0 { state.slowest = (method.name, took) }
            state.method = nil
        }
    }

    func enter(_ event: Event) {
        let sight = Sight(event)
        state.read { state in
            // The one before was dropped.
            state.entries += 1
            state.entered = sight
            state.method = ("the event \(event.event ?? event.type.rawValue)", Patience.now)
        }
    }

    func leave(_ event: Event) {
        end()
        let sight = Sight(event)
        state.read { state in
            state.exits += 1
            guard let entered = state.entered else { return }
            state.entered = nil
            state.compare(entered, sight)
        }
    }

    func shutDown() { state.read { $0.shutdowns += 1 } }
}
