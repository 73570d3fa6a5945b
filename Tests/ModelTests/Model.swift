// SPDX-License-Identifier: MIT

/// What a store should hold: the reference, as simple as it can be said.
struct Model {
    /// One event as one destination has it.
    struct Entry: Equatable {
        var number: Int
        var priority: Int
        /// Its place among all that was stored.
        var place: Int
    }

    /// What waits for each destination, in order.
    var queued: [[Entry]] = [[], []]
    var dead: [[Entry]] = [[], []]
    var delivered: [[Int]] = [[], []]
    /// Arrived, while others before them did not: their rows are still there.
    private var aside: [[Entry]] = [[], []]
    private var places = 0

    mutating func track(_ number: Int, priority: Int) {
        places += 1
        for destination in queued.indices {
            queued[destination].append(Entry(number: number, priority: priority, place: places))
        }
    }

    /// Places that somebody wants, the least wanted first.
    private var places_: [(place: Int, priority: Int)] {
        var all: [Int: Int] = [:]
        for list in queued + dead + aside { for entry in list { all[entry.place] = entry.priority } }
        return all.map { ($0.key, $0.value) }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }
    }

    var rows: Int { places_.count }

    /// The store was full: so many of the least wanted are gone.
    mutating func evict(_ count: Int) {
        let gone = Set(places_.prefix(count).map(\.place))
        for destination in queued.indices {
            queued[destination].removeAll { gone.contains($0.place) }
            dead[destination].removeAll { gone.contains($0.place) }
            aside[destination].removeAll { gone.contains($0.place) }
        }
    }

    /// Everything up to a number is done with: the position is there.
    mutating func deliver(_ numbers: [Int], upTo last: Int?, to destination: Int) {
        let place = queued[destination].first { $0.number == last }?.place ?? 0
        queued[destination].removeAll { numbers.contains($0.number) }
        aside[destination].removeAll { $0.place <= place }
        delivered[destination] += numbers
    }

    /// Single events are done with; the position is before the first that is not.
    mutating func deliverSingly(_ numbers: [Int], to destination: Int) {
        aside[destination] += queued[destination].filter { numbers.contains($0.number) }
        queued[destination].removeAll { numbers.contains($0.number) }
        let first = queued[destination].map(\.place).min() ?? .max
        aside[destination].removeAll { $0.place < first }
        delivered[destination] += numbers
    }

    mutating func bury(_ numbers: [Int], of destination: Int) {
        for entry in queued[destination] where numbers.contains(entry.number) { dead[destination].append(entry) }
        dead[destination].sort { $0.place < $1.place }
        queued[destination].removeAll { numbers.contains($0.number) }
    }

    /// Dead letters are queued again, each as a row of its own.
    mutating func retry() {
        let letters = dead.enumerated().flatMap { destination, list in list.map { (destination, $0) } }
            .sorted { ($0.1.place, $0.0) < ($1.1.place, $1.0) }
        for (destination, entry) in letters {
            places += 1
            var again = entry
            again.place = places
            queued[destination].append(again)
        }
        dead = [[], []]
    }

    mutating func optOut() {
        queued = [[], []]
        dead = [[], []]
        aside = [[], []]
    }
}
