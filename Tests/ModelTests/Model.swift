// SPDX-License-Identifier: MIT

/// What a store should hold: the reference, which is as simple as possible.
struct Model: Equatable {
    /// The state of an event for a destination.
    enum Part: UInt8 {
        case gone, queued, dead
        /// It arrived, while others before it did not: its row is still there.
        case aside
    }

    struct Row: Equatable {
        /// Ids grow by one.
        var id: Int
        var number: Int
        var priority: Int
        var parts: Pair<Part>
    }

    /// A destination's sums, ever.
    struct Sums: Equatable {
        var routed = 0
        var delivered = 0
        var dropped = 0
    }

    /// In the order of their ids.
    var rows: [Row] = []
    var sums = Pair(Sums(), Sums())
    var lastID = 0

    func count(_ part: Part, _ destination: Int) -> Int { rows.count { $0.parts[destination] == part } }

    var isDelivered: Bool { count(.queued, 0) + count(.queued, 1) == 0 }

    mutating func track(_ number: Int, priority: Int) {
        lastID += 1
        rows.append(Row(id: lastID, number: number, priority: priority, parts: Pair(.queued, .queued)))
        for destination in 0..<2 { sums[destination].routed += 1 }
    }

    private mutating func drop(_ index: Int, _ destination: Int) {
        switch rows[index].parts[destination] {
        case .queued, .dead: sums[destination].dropped += 1
        case .aside, .gone: break
        }
        rows[index].parts[destination] = .gone
    }

    private mutating func prune() { rows.removeAll { $0.parts[0] == .gone && $0.parts[1] == .gone } }

    /// Evicts events of the lowest priority where so many more would be too many.
    mutating func makeRoom(for count: Int, limit: Int) {
        while !rows.isEmpty, rows.count + count > limit {
            evict(rows.count + count - limit + max(rows.count / 50, 1))
        }
    }

    /// Evicts so many events of the lowest priority: the store was full.
    mutating func evict(_ count: Int) {
        var left = count
        for priority in 0...2 {
            for index in rows.indices where left > 0 && rows[index].priority == priority {
                drop(index, 0)
                drop(index, 1)
                left -= 1
            }
        }
        prune()
    }

    /// Delivers all events up to an id, but for dead letters.
    mutating func deliver(upTo last: Int, letters: Set<Int>, to destination: Int) {
        for index in rows.indices {
            let row = rows[index]
            guard row.id <= last else { break }
            switch row.parts[destination] {
            case .queued where letters.contains(row.id): rows[index].parts[destination] = .dead
            case .queued:
                rows[index].parts[destination] = .gone
                sums[destination].delivered += 1
            case .aside: rows[index].parts[destination] = .gone
            case .dead, .gone: break
            }
        }
        prune()
    }

    /// Delivers single events; the position is before the first that is still queued.
    mutating func settle(delivered: Set<Int>, letters: Set<Int>, of destination: Int) {
        for index in rows.indices where rows[index].parts[destination] == .queued {
            if letters.contains(rows[index].id) { rows[index].parts[destination] = .dead }
            if delivered.contains(rows[index].id) {
                rows[index].parts[destination] = .aside
                sums[destination].delivered += 1
            }
        }
        for index in rows.indices {
            if rows[index].parts[destination] == .queued { break }
            if rows[index].parts[destination] == .aside { rows[index].parts[destination] = .gone }
        }
        prune()
    }

    /// Drops the oldest dead letters beyond a number.
    mutating func boundDeadLetters(_ most: Int) {
        var surplus = count(.dead, 0) + count(.dead, 1) - most
        for index in rows.indices {
            for destination in 0..<2 where surplus > 0 && rows[index].parts[destination] == .dead {
                drop(index, destination)
                surplus -= 1
            }
        }
        prune()
    }

    /// Dead letters are queued again, each as a row of its own.
    mutating func retry() {
        for index in rows.indices {
            for destination in 0..<2 where rows[index].parts[destination] == .dead {
                lastID += 1
                var again = rows[index]
                again.id = lastID
                again.parts = Pair(.gone, .gone)
                again.parts[destination] = .queued
                rows.append(again)
                rows[index].parts[destination] = .gone
            }
        }
        prune()
    }

    mutating func purgeDeadLetters() { boundDeadLetters(0) }

    mutating func optOut() {
        for index in rows.indices {
            drop(index, 0)
            drop(index, 1)
        }
        prune()
    }
}

/// A value for each of the two destinations.
struct Pair<Value: Equatable>: Equatable {
    private var first: Value
    private var second: Value

    init(_ first: Value, _ second: Value) { (self.first, self.second) = (first, second) }

    subscript(destination: Int) -> Value {
        get { destination == 0 ? first : second }
        set { if destination == 0 { first = newValue } else { second = newValue } }
    }
}
