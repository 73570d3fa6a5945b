// SPDX-License-Identifier: MIT
import FootfallStore

/// Removes what a store has of its user, in two steps: the rows in one transaction, then
/// what is left of them in free pages and the -wal.
///
/// The key `analytics.erasure` has the number of the last erasure that removed the store's
/// rows. `wiping` follows it until the second step is done, or `emptying` where only the
/// -wal is to be emptied. If a process dies in between, the next one does the second step.
struct Erasure {
    /// What is left to be done.
    enum Step: String {
        case done
        /// The -wal has rows that were removed.
        case emptying
        /// Free pages have removed rows, too.
        case wiping
    }

    /// The value of the key `analytics.erasure`.
    struct State: Equatable {
        var number: Int64 = 0
        var step = Step.done

        init(_ text: String?) {
            let words = text?.split(separator: " ") ?? []
            number = max(words.first.flatMap { Int64($0) } ?? 0, 0)
            step = words.count > 1 ? Step(rawValue: String(words[1])) ?? .wiping : .done
        }

        var isWiping: Bool { step == .wiping }

        var text: String { step == .done ? "\(number)" : "\(number) \(step.rawValue)" }
    }

    /// A deletion request, which is stored in the transaction of its erasure.
    struct Request {
        var body: [UInt8]
        var routes: Routes
    }

    static let key = "analytics.erasure"

    /// What an erasure removed from a store: the value of the key `analytics.erased`, with the
    /// number of the erasure. Another process may have run it when this one asks.
    struct Removal {
        var events: Int64 = 0
        var deadLetters: Int64 = 0
        /// Whether this call removed it.
        var isNews = false

        static let key = "analytics.erased"

        init() {}

        /// Reads the value; nothing was removed if it is of another erasure.
        init(_ text: String?, by number: Int64) {
            let numbers = text?.split(separator: " ").compactMap { Int64($0) } ?? []
            guard numbers.count == 3, numbers[0] == number else { return }
            (events, deadLetters) = (max(numbers[1], 0), max(numbers[2], 0))
        }
    }

    let number: Int64
    /// What the removed events are counted as.
    var reason = DropReason.optedOut

    static func state(_ store: Store) throws(StoreError) -> State { State(try store.keyValue.text(key)) }

    /// Removes the rows, unless this erasure removed them before.
    ///
    /// - Parameter stored: Is called with the row of each deletion request.
    /// - Returns: what was removed.
    func run(
        _ store: Store, _ requests: [Request] = [], stored: (Int64) -> Void = { _ in }
    ) throws(StoreError) -> Removal {
        try store.erasing { () throws(StoreError) in
            let isThrough = try Self.state(store).number >= number
            let removal =
                isThrough ? Removal(try store.keyValue.text(Removal.key), by: number) : try removeRows(store)
            for request in requests { stored(try add(request, store)) }
            if !isThrough || !requests.isEmpty {
                try store.keyValue.set(Self.key, "\(max(number, try Self.state(store).number)) wiping")
            }
            return removal
        }
    }

    private func removeRows(_ store: Store) throws(StoreError) -> Removal {
        let deadLetters = try store.destinations.deadLetterTotals().count
        let count = try store.purge()
        try store.counters.add(count, to: CounterTable.droppedPrefix + reason.rawValue)
        for key in Self.personalKeys { try store.keyValue.set(key, nil) }
        try store.keyValue.removeAll(in: PluginKeys.root)
        // The answer of a server may quote an event.
        for row in try store.destinations.all() {
            guard var record = row.retry.flatMap({ RetryRecord($0) }), record.lastError != nil else { continue }
            record.lastError = nil
            try store.destinations.setRetry(record.text, of: row.id)
        }
        var removal = Removal()
        (removal.events, removal.deadLetters, removal.isNews) = (count, deadLetters, true)
        try store.keyValue.set(Removal.key, "\(number) \(count) \(deadLetters)")
        return removal
    }

    /// The identity and the session.
    private static let personalKeys = [Identity.key] + SessionKeys().all

    private func add(_ request: Request, _ store: Store) throws(StoreError) -> Int64 {
        var rows = RowWriter(
            store, now: try store.counters.value(CounterTable.lived),
            nextID: max(try store.counters.value(CounterTable.nextEvent), 1))
        try request.body.withUnsafeBufferPointer { (bytes) throws(StoreError) in
            try rows.add(body: bytes, routes: request.routes, priority: DeletionMark.priority, clock: 0, variants: [])
        }
        try rows.finish(drops: [:], spoolMarks: [])
        return rows.nextID - 1
    }

    /// Notes that rows were removed which are to be wiped as well. Inside a transaction.
    static func mark(_ store: Store, _ step: Step) throws(StoreError) {
        var state = try state(store)
        guard state.step != step, state.step != .wiping else { return }
        state.step = step
        try store.keyValue.set(key, state.text)
    }

    /// Writes the database anew and empties the -wal.
    ///
    /// - Returns: false while another process hinders that.
    func wipe(_ store: Store) throws(StoreError) -> Bool {
        let before = try Self.state(store)
        switch before.step {
        case .done: return true
        case .emptying: guard store.emptyLog() else { return false }
        case .wiping: guard store.wipe() else { return false }
        }
        try store.transaction { (_) throws(StoreError) in
            var state = try Self.state(store)
            guard state == before else { return }
            state.step = .done
            try store.keyValue.set(Self.key, state.text)
        }
        return true
    }
}

/// Decides when an erasure that another process hindered is tried again. Pure.
struct ErasureRetry {
    private static let shortest = Limits.storeRetry.nanoseconds
    private static let longest = Duration.seconds(60).nanoseconds

    private(set) var nextAttempt = Int64.max
    private var delay = shortest

    /// An attempt is due at once.
    mutating func begin(at now: Int64) {
        nextAttempt = min(nextAttempt, now)
        delay = Self.shortest
    }

    mutating func attempted(_ isDone: Bool, at now: Int64) {
        nextAttempt = isDone ? .max : delayed(from: now)
    }

    /// The time of the next attempt, after a delay that grows with each.
    mutating func delayed(from now: Int64) -> Int64 {
        defer { delay = min(delay * 2, Self.longest) }
        return now + delay
    }
}
