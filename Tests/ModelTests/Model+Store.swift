// SPDX-License-Identifier: MIT
import FootfallStore

// What a store holds, in the model's words.
extension Model {
    init(_ store: Store) throws(StoreError) {
        let destinations = try store.destinations.all()
        var exceptions: [Int64: Pair<Int64>] = [:]
        let others = try store.connection.prepare("SELECT event, destination, kind FROM exception")
        while try others.step() {
            exceptions[others.key(0), default: Pair(0, 0)][Int(others.key(1))] = others.key(2)
        }
        let events = try store.connection.prepare("SELECT id, routes, priority, body FROM event ORDER BY id")
        while try events.step() {
            let id = events.key(0)
            var row = Row(
                id: Int(id), number: Self.number(events.bytes(3)), priority: Int(events.key(2)),
                parts: Pair(.gone, .gone))
            for destination in destinations {
                let kind = exceptions[id]?[Int(destination.id)] ?? 0
                row.parts[Int(destination.id)] =
                    kind == DestinationTable.deadLetter
                    ? .dead
                    : kind == DestinationTable.done
                        ? .aside
                        : events.key(1) >> destination.id & 1 == 1 && id > destination.position ? .queued : .gone
            }
            rows.append(row)
        }
        for destination in destinations { sums[Int(destination.id)] = Sums(destination) }
        lastID = Int(max(try store.counters.value(CounterTable.nextEvent), 1)) - 1
    }

    /// The number in a body, behind `"n":`; parsing them all would take most of the time.
    static func number(_ body: UnsafeBufferPointer<UInt8>) -> Int {
        var index = body.count - 4
        while index >= 0 {
            if body[index] == 0x22, body[index + 1] == 0x6E, body[index + 2] == 0x22, body[index + 3] == 0x3A { break }
            index -= 1
        }
        guard index >= 0 else { return -1 }
        var number = 0
        index += 4
        while index < body.count, body[index] &- 48 < 10 {
            number = number * 10 + Int(body[index] - 48)
            index += 1
        }
        return number
    }

    /// How a store differs in its sums, which are quickly read; `nil` if it does not.
    func differenceOfSums(_ store: Store) throws(StoreError) -> String? {
        let counted = try store.counters.value(CounterTable.rows)
        guard counted == Int64(rows.count) else { return "\(counted) rows are counted, not \(rows.count)" }
        for row in try store.destinations.all() {
            let destination = Int(row.id)
            guard Sums(row) == sums[destination], row.queued == Int64(count(.queued, destination)),
                row.deadLettered == Int64(count(.dead, destination))
            else { return "the law: \(row), it should be \(summary(destination))" }
        }
        return nil
    }

    private func summary(_ destination: Int) -> String {
        "\(sums[destination]), \(count(.queued, destination)) wait, \(count(.dead, destination)) are dead"
    }
}

extension Model: CustomStringConvertible {
    var description: String {
        let list = rows.map { "\($0.id):\($0.number)p\($0.priority)\($0.parts[0])/\($0.parts[1])" }
        return "\(list.joined(separator: " ")); \(sums[0]) \(sums[1]), last \(lastID)"
    }
}

extension Model.Sums {
    init(_ row: DestinationRow) {
        self.init(routed: Int(row.routed), delivered: Int(row.delivered), dropped: Int(row.dropped))
    }
}
