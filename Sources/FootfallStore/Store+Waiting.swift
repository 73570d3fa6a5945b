// SPDX-License-Identifier: MIT

extension Store {
    /// How many events at least one destination waits for, without those that were refused.
    ///
    /// It is counted by sums. With several destinations it may be too low by some of the events
    /// that one of them refused.
    package func waitingEvents() throws(StoreError) -> Int {
        var (letters, queued) = (Int64(0), Int64(0))
        for row in try destinations.all() {
            letters += max(row.deadLettered, 0)
            queued = max(queued, row.queued)
        }
        return Int(clamping: max(try counters.value(CounterTable.rows) - letters, queued, 0))
    }

    /// Removes the events that wait, but for deletion requests. They count as dropped for their
    /// destinations. Dead letters stay. Inside a transaction.
    ///
    /// - Returns: how many.
    package func dropWaiting() throws(StoreError) -> Int64 {
        let all = try destinations.all()
        var unwanted: [(id: Int64, routes: Int64)] = []
        var kept: Int64 = 0
        for (id, routes) in try events.allEvents() {
            guard try !destinations.deadLetters(of: id).isEmpty else {
                unwanted.append((id, routes))
                continue
            }
            // One destination refused it, another may wait for it.
            let aside = try destinations.aside(id)
            var isWaitedFor = false
            for row in all where routes >> row.id & 1 == 1 && row.position < id && !aside.contains(row.id) {
                try unroute(id, from: row.id)
                try destinations.addDropped(1, to: row.id)
                isWaitedFor = true
            }
            if isWaitedFor { kept += 1 }
        }
        return try discard(unwanted) + kept
    }
}
