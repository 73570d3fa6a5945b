// SPDX-License-Identifier: MIT

/// A record of two hosts that contradict each other about the time. ``Doctor`` reads it from
/// the store and says why no time was moved.
struct ClockDispute: Sendable, Equatable, CustomStringConvertible {
    static let key = "analytics.clock.dispute"
    /// The longest name in the domain name system.
    private static let longestHost = 253

    var bootID: String
    var hosts: [String]
    /// The time that each host named, as of the second host's answer.
    var times: [Timestamp]

    init(_ dispute: TimeWitnesses.Dispute, bootID: String) {
        self.bootID = bootID
        let both = [dispute.first, dispute.second]
        let now = max(dispute.first.last, dispute.second.last) / 1_000_000
        hosts = both.map { String($0.host.prefix(Self.longestHost)) }
        times = both.map { statement in
            let offset = min(max(statement.offset, -Timestamp.latest), Timestamp.latest)
            return Timestamp(milliseconds: offset).moved(by: now)
        }
    }

    /// Reads a record that ``text`` wrote; `nil` for anything else.
    init?(_ text: String) {
        var text = text
        // A record that cannot be read counts as none.
        guard let object = text.withUTF8({ utf8 in try? JSONParser.parse(utf8) })?.objectValue,
            let boot = object["boot"]?.stringValue
        else { return nil }
        bootID = boot
        let found = object["hosts"]?.arrayValue?.compactMap(\.stringValue) ?? []
        hosts = found.map { String($0.prefix(Self.longestHost)) }
        times = object["times"]?.arrayValue?.compactMap { $0.stringValue.flatMap { Timestamp($0) } } ?? []
        guard hosts.count == 2, times.count == 2 else { return nil }
    }

    var text: String {
        let object: JSONObject = [
            "boot": .string(bootID), "hosts": .array(hosts.map { .string($0) }),
            "times": .array(times.map { .string($0.description) }),
        ]
        return object.text
    }

    var description: String {
        let both = zip(hosts, times).map { "\($0) says that it is \($1)" }
        return both.joined(separator: ", ")
    }
}
