// SPDX-License-Identifier: MIT

// Taking single rows out of the store, with the sums that count them. All functions run
// inside a transaction.
extension Store {
    /// Removes events that destinations may still wait for, or have as dead letters. They
    /// count as dropped.
    ///
    /// - Returns: how many.
    package func discard(_ rows: [(id: Int64, routes: Int64)]) throws(StoreError) -> Int64 {
        let all = try destinations.all()
        var losses: [Int64: Int64] = [:]
        for (id, routes) in rows {
            let aside = try destinations.aside(id)
            for letter in try destinations.deadLetters(of: id) {
                try destinations.removeDeadLetter(id, of: letter, drops: true)
            }
            for row in all where routes >> row.id & 1 == 1 && row.position < id && !aside.contains(row.id) {
                losses[row.id, default: 0] += 1
            }
            try events.remove(id)
        }
        for (destination, count) in losses { try destinations.addDropped(count, to: destination) }
        try counters.add(-Int64(rows.count), to: CounterTable.rows)
        return Int64(rows.count)
    }

    /// Removes the oldest dead letters until the others are within the limits.
    package func boundDeadLetters() throws(StoreError) {
        while true {
            let (count, bytes) = try destinations.deadLetterTotals()
            guard count > limits.deadLetters || bytes > limits.deadLetterBytes else { return }
            let oldest = try destinations.deadLetters(limit: max(Int(count / 50), 1))
            guard !oldest.isEmpty else { return }
            var removed: Int64 = 0
            for letter in oldest where try removeDeadLetter(letter.event, of: letter.destination) { removed += 1 }
            guard removed > 0 else { return }
            try counters.add(removed, to: CounterTable.droppedPrefix + "deadLetter")
        }
    }

    /// Removes one dead letter, and its event when no destination wants that.
    ///
    /// - Returns: false, with nothing changed, when another process removed the letter.
    package func removeDeadLetter(_ event: Int64, of destination: Int64) throws(StoreError) -> Bool {
        guard try destinations.removeDeadLetter(event, of: destination, drops: true) else { return false }
        try events.unroute(event, from: destination)
        try removeIfUnwanted(event)
        return true
    }

    /// Puts a dead letter at the end of its destination's queue, as a new row.
    ///
    /// - Returns: false, with nothing changed, when another process removed the letter.
    package func queueAgain(_ event: Int64, of destination: Int64) throws(StoreError) -> Bool {
        guard try events.contains(event),
            try destinations.removeDeadLetter(event, of: destination, drops: false)
        else { return false }
        let id = max(try counters.value(CounterTable.nextEvent), 1)
        _ = try events.copy(event, to: id, for: destination)
        try events.unroute(event, from: destination)
        try counters.add(id + 1 - counters.value(CounterTable.nextEvent), to: CounterTable.nextEvent)
        try counters.add(1, to: CounterTable.rows)
        try removeIfUnwanted(event)
        return true
    }

    /// Takes an event from a destination that waits for it. The caller counts it.
    package func unroute(_ event: Int64, from destination: Int64) throws(StoreError) {
        try events.unroute(event, from: destination)
        try removeIfUnwanted(event)
    }

    private func removeIfUnwanted(_ event: Int64) throws(StoreError) {
        guard try events.isUnwanted(event) else { return }
        try events.remove(event)
        try counters.add(-1, to: CounterTable.rows)
    }
}
