// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import FootfallJSON
import Glibc

/// Stores the events of `footfall send` in batches.
///
/// A batch ends with 1,000 events, or 100 ms after its first one arrived.
struct Importer {
    struct Totals {
        /// Lines that are not empty, from `--from-line` on.
        var read: Int64 = 0
        /// Events of the input that are stored. Session markers do not count.
        var stored: Int64 = 0
        /// Lines that are not events, and events that are too large with their context.
        var rejected: Int64 = 0
        /// Stored events of a replay that were not in the order of their times.
        var unordered: Int64 = 0
        /// Events that are not stored although nothing is wrong with them, and why.
        var unstored: [DropReason: Int64] = [:]
        /// Sessions of a replay.
        var sessions: Int64 = 0
    }

    /// An event of the batch.
    private struct Item {
        var event: Event
        /// The number of its line, counted over all files; `nil` for a session marker.
        var line: Int?
        /// Its file and line, for messages.
        var place: String
        var isUnordered: Bool
    }

    private static let batchSize = 1_000
    private static let batchTime = Duration.milliseconds(100)

    private let client: Client
    /// Why nothing can be delivered when the store is full; `nil` when that can be tried.
    private let obstacle: String?
    private let isStrict: Bool
    private let isQuiet: Bool
    private let fromLine: Int
    /// A descriptor that becomes readable when a signal arrives; -1 without one.
    private let signals: Int32
    private var progress: Progress
    private(set) var totals = Totals()
    /// How the command ends when a file was not read, or not to its end.
    private(set) var unread: CommandExit?

    /// Groups the events into sessions; `nil` unless they are imported as history.
    private var replay: SessionReplay?
    /// The number of the current line, counted over all files.
    private var line = 0
    /// The file of the current line and its number there.
    private var place = ""
    private var batch: [Item] = []
    private var batchBegan = ContinuousClock.now
    private var lastStoredLine: Int
    /// The next attempt that was named when the store was full, in milliseconds since 1970, 0 for one
    /// without a time; `nil` before that.
    private var saidFull: Int64?

    init(
        client: Client, obstacle: String?, replay: SessionConfiguration?, isStrict: Bool, isQuiet: Bool, fromLine: Int,
        progress: Progress, signals: Int32 = -1
    ) {
        self.signals = signals
        self.client = client
        self.obstacle = obstacle
        self.replay = replay.map { SessionReplay(configuration: $0) }
        self.isStrict = isStrict
        self.isQuiet = isQuiet
        self.fromLine = fromLine
        self.progress = progress
        lastStoredLine = fromLine - 1
    }

    /// Reads the files and stores their events.
    ///
    /// - Returns: How the command ends when it stopped early; `nil` otherwise. See also ``unread``.
    mutating func run(_ files: [String]) throws -> CommandExit? {
        defer { progress.clear() }
        var exit: CommandExit?
        do {
            for file in files {
                do {
                    try read(file)
                } catch let problem as UnreadableInput {
                    try leave(problem)
                }
            }
            try mustReachFirstLine()
            if replay != nil {
                for end in replay?.finish() ?? [] { add(end, nil) }
                totals.sessions = Int64(replay?.sessions ?? 0)
            }
            try storeBatch()
        } catch let stop as CommandExit {
            exit = stop
        } catch let interruption as LineReader.Interrupted {
            try storeBatch()
            exit = CommandExit(.temporary, "\(interruption); \(continuation)")
        }
        return exit
    }

    /// Names a file that cannot be read, or not further. The next file is read, unless this counts
    /// as a bad line and `--strict` is given.
    private mutating func leave(_ problem: UnreadableInput) throws {
        let place = place
        try storeBatch()
        progress.clear()
        Console.complain("\(place): \(problem.problem)")
        if problem.isDamaged, isStrict { throw CommandExit(problem.code) }
        unread = unread ?? CommandExit(problem.code)
    }

    /// The line after the last one may be named: an earlier run that stored all lines names it.
    private func mustReachFirstLine() throws {
        guard unread == nil, fromLine > line + 1 else { return }
        throw CommandExit(
            .usage,
            "--from-line: \(fromLine) is beyond the end: there \(line == 1 ? "is" : "are") \(counted(line, "line"))")
    }

    private mutating func read(_ path: String) throws {
        place = path
        var reader = try LineReader(path, signals: signals)
        defer { reader.close() }
        var lineInFile = 0
        while true {
            var input = ImportLine.empty
            // Waits for more input only as long as the batch may wait to be stored.
            let due = batch.isEmpty ? nil : batchBegan + Self.batchTime
            do {
                guard try reader.next(idleAt: due, idle: { try storeBatch() }, { input = ImportLine($0) }) else {
                    return
                }
            } catch let problem as UnreadableInput {
                let isWhole = lineInFile == 0 && !problem.isDamaged
                place = isWhole ? reader.name : "\(reader.name):\(lineInFile + 1)"
                throw problem
            }
            line += 1
            lineInFile += 1
            place = "\(reader.name):\(lineInFile)"
            try process(input)
            if batch.count >= Self.batchSize || ContinuousClock.now - batchBegan >= Self.batchTime { try storeBatch() }
        }
    }

    private mutating func process(_ input: ImportLine) throws {
        let isSkipped = line < fromLine
        switch input {
        case .empty: return
        case .problem(let problem):
            guard !isSkipped else { return }
            totals.read += 1
            try reject(problem)
        case .event(let event):
            if !isSkipped { totals.read += 1 }
            if replay != nil {
                try processHistory(event, isSkipped: isSkipped)
            } else if !isSkipped {
                add(event, line)
            }
        }
    }

    private mutating func processHistory(_ event: Event, isSkipped: Bool) throws {
        guard event.hasGivenTimestamp else {
            if !isSkipped { try reject("timestamp: it is missing, and --replay needs one") }
            return
        }
        if isOfTheFuture(event.timestamp) {
            let problem = "\(event.timestamp) is in the future by this machine's clock"
            if !isSkipped { try processUnordered(event, problem, cure: "correct it") }
            return
        }
        do throws(SessionReplay.OutOfOrder) {
            // An event before --from-line is not stored again, but its session continues.
            for item in try replay?.add(event) ?? [] where !isSkipped {
                add(item, item.messageId == event.messageId && item.event == event.event ? line : nil)
            }
            totals.sessions = Int64(replay?.sessions ?? 0)
        } catch {
            let problem = "\(event.timestamp) is before \(error.previous) of the previous event"
            if !isSkipped { try processUnordered(event, problem, cure: "sort the events by their timestamps") }
        }
    }

    /// Whether a time is more than a day ahead of a clock that may be right. All later events
    /// of its stream would be out of order behind it.
    private func isOfTheFuture(_ time: Timestamp) -> Bool {
        let clock = SystemClock.system
        let now = clock.wall()
        return now >= clock.notBefore && time.milliseconds > now.milliseconds + 86_400_000
    }

    private mutating func processUnordered(_ event: Event, _ fault: String, cure: String) throws {
        let problem = "\(place): timestamp: \(fault)"
        guard !isStrict else {
            try storeBatch()
            throw CommandExit(.badInput, "\(problem); \(cure), or leave out --strict")
        }
        if !isQuiet {
            progress.clear()
            Console.complain("\(problem); it is stored in the session that covers its time, or in none (-1)")
        }
        if let placed = replay?.place(unordered: event) { add(placed, line, isUnordered: true) }
    }

    private mutating func reject(_ problem: String) throws {
        totals.rejected += 1
        progress.clear()
        Console.complain("\(place): \(problem)")
        if isStrict {
            try storeBatch()
            throw CommandExit(.badInput)
        }
    }

    private mutating func add(_ event: Event, _ line: Int?, isUnordered: Bool = false) {
        if batch.isEmpty { batchBegan = .now }
        batch.append(Item(event: event, line: line, place: place, isUnordered: isUnordered))
    }

    private mutating func storeBatch() throws {
        guard !batch.isEmpty else { return }
        let current = batch
        batch = []
        while true {
            let report = client.analytics.store(current.map(\.event))
            if let error = report.error {
                guard lastStoredLine > 0 else { throw client.failed(error) }
                throw CommandExit(.cannotCreate, "no more was stored: \(Client.reason(error)); \(continuation)")
            }
            guard report.isFull else { return try count(current, report) }
            try makeRoom()
        }
    }

    /// Where to continue after a stop.
    private var continuation: String {
        lastStoredLine == 0
            ? "nothing was stored"
            : "line \(lastStoredLine) is the last one stored: continue with --from-line \(lastStoredLine + 1)"
    }

    private mutating func count(_ items: [Item], _ report: BatchReport) throws {
        let rejected = Dictionary(
            report.rejected.map { ($0.index, $0.reason) }, uniquingKeysWith: { first, _ in first })
        for (index, item) in items.enumerated() {
            guard let line = item.line else { continue }
            lastStoredLine = line
            guard let reason = rejected[index] else {
                totals.stored += 1
                if item.isUnordered { totals.unordered += 1 }
                continue
            }
            guard reason == .tooLarge || reason == .invalid else {
                totals.unstored[reason, default: 0] += 1
                continue
            }
            place = item.place
            try reject(Unstored(reason).sentence)
        }
        progress.show("stored \(counted(totals.stored, "event"))")
    }

    /// Delivers events of a full store, or throws when none can be delivered.
    private mutating func makeRoom() throws {
        var reasons = obstacle.map { [$0] } ?? []
        if obstacle == nil {
            let end = waitForRoom()
            guard end.signal == 0 else { throw LineReader.Interrupted.signal(end.signal) }
            let report = end.report
            if report.hasProgress { return }
            reasons = ["nothing can be delivered now"] + report.problems + client.others(report)
        }
        throw CommandExit(
            .temporary, "the store is full: \(reasons.joined(separator: "; ")); \(continuation)")
    }

    /// Delivers for a minute at most. After a second it says what it waits for, unless it said the same before.
    private mutating func waitForRoom() -> DeliveryWait.End {
        var (progress, said) = (self.progress, saidFull)
        let isQuiet = client.isQuiet
        progress.show("the store is full; delivering")
        let end = DeliveryWait(analytics: client.analytics).run(within: .seconds(60)) {
            report, time in
            guard !isQuiet, time >= .seconds(1), !report.problems.isEmpty else { return }
            // A time is made from two clocks at each look: it moves by a millisecond.
            let next = report.nextAttempt?.milliseconds ?? 0
            if let said, abs(next - said) < 1_000 { return }
            said = next
            progress.clear()
            Console.complain("the store is full; waiting for \(report.problems.joined(separator: "; "))")
        }
        (self.progress, saidFull) = (progress, said)
        return end
    }
}
