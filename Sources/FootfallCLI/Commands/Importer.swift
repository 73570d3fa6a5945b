// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import FootfallJSON
import Glibc

/// Stores lines in batches: 1,000, or what came within 100 ms.
struct Importer {
    struct Totals {
        /// Lines that are not empty.
        var read: Int64 = 0
        /// Events of the input in the store.
        var stored: Int64 = 0
        var rejected: Int64 = 0
        /// Sessions, of a replay.
        var sessions: Int64 = 0
    }

    private static let batchLines = 1_000
    private static let patience = Duration.milliseconds(100)

    let client: Client
    let canDeliver: Bool
    let isStrict: Bool
    let fromLine: Int
    var progress: Progress
    private(set) var totals = Totals()

    private var replay: SessionReplay?
    private var line = 0
    private var place = ""
    /// Events that wait; those without a line are session markers.
    private var batch: [(event: Event, line: Int?, place: String)] = []
    private var batchBegan = ContinuousClock.now
    private var lastStoredLine = 0
    private let signals: Int32

    init(
        client: Client, canDeliver: Bool, replay: SessionConfiguration?, isStrict: Bool, fromLine: Int,
        progress: Progress, signals: Int32 = -1
    ) {
        self.signals = signals
        self.client = client
        self.canDeliver = canDeliver
        self.replay = replay.map { SessionReplay(configuration: $0) }
        self.isStrict = isStrict
        self.fromLine = fromLine
        self.progress = progress
        lastStoredLine = fromLine - 1
    }

    /// Why it stopped early, with how to go on.
    func stopped(by interruption: LineReader.Interrupted) -> CommandExit {
        let why =
            switch interruption {
            case .signal(let signal): "stopped by signal \(signal)"
            case .wait(let error): "there is no waiting for more input: \(String(cString: strerror(error)))"
            }
        return CommandExit(.temporary, "\(why); \(wayOn)")
    }

    /// Reads one file to its end.
    mutating func read(_ path: String) throws {
        var reader = try LineReader(path, signals: signals)
        defer { reader.close() }
        var lineInFile = 0
        // A copy of self cannot be changed inside the reader's closures at the same time.
        var pending: LineInput?
        while true {
            // Reading waits for more as long as what came waits to be stored.
            let due = batch.isEmpty ? nil : batchBegan + Self.patience
            let hasMore = try reader.next(idleAt: due, idle: { try store() }) { line in
                switch line {
                case .text(let bytes): pending = .init(bytes)
                case .tooLong: pending = .tooLong
                }
            }
            guard hasMore, let input = pending else { return }
            line += 1
            lineInFile += 1
            place = "\(reader.name):\(lineInFile)"
            try take(input)
            if batch.count >= Self.batchLines || ContinuousClock.now - batchBegan >= Self.patience { try store() }
        }
    }

    /// What a line is, read while its bytes are there.
    private enum LineInput {
        case empty
        case event(Event)
        case problem(String)

        static let tooLong = LineInput.problem(
            "the line is longer than any event may be; at most 32768 bytes are taken")

        init(_ bytes: UnsafeBufferPointer<UInt8>) {
            if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) {
                self = .empty
                return
            }
            do throws(EventReader.Problem) {
                self = .event(try EventReader.read(bytes))
            } catch {
                self = .problem("\(error)")
            }
        }
    }

    private mutating func take(_ input: LineInput) throws {
        let isSkipped = line < fromLine
        switch input {
        case .empty: return
        case .problem(let problem):
            guard !isSkipped else { return }
            totals.read += 1
            try reject(problem)
        case .event(let event):
            if !isSkipped { totals.read += 1 }
            guard replay != nil else {
                if !isSkipped { add(event, line) }
                return
            }
            try takeHistory(event, isSkipped: isSkipped)
        }
    }

    private mutating func takeHistory(_ event: Event, isSkipped: Bool) throws {
        guard event.hasGivenTimestamp else {
            if !isSkipped { try reject("timestamp: it is missing, and --replay goes by it") }
            return
        }
        let problem: String
        do throws(SessionReplay.OutOfOrder) {
            // Lines that are stored already still open and carry sessions.
            for item in try replay?.add(event) ?? [] where !isSkipped {
                add(item, item.messageId == event.messageId && item.event == event.event ? line : nil)
            }
            totals.sessions = Int64(replay?.sessions ?? 0)
            return
        } catch {
            problem =
                "\(place): timestamp: \(event.timestamp) is before \(error.previous), the event before it; --replay needs ordered input"
        }
        try store()
        throw CommandExit(.badInput, problem)
    }

    private mutating func reject(_ problem: String) throws {
        totals.rejected += 1
        progress.clear()
        Console.complain("\(place): \(problem)")
        if isStrict {
            try store()
            throw CommandExit(.badInput)
        }
    }

    private mutating func add(_ event: Event, _ line: Int?) {
        if batch.isEmpty { batchBegan = .now }
        batch.append((event, line, place))
    }

    /// Stores what waits.
    mutating func store() throws {
        guard !batch.isEmpty else { return }
        let current = batch
        batch = []
        while true {
            let report = client.analytics.store(current.map(\.event))
            if let error = report.error { throw stopped(error) }
            guard report.isFull else {
                try count(current, report)
                return
            }
            try makeRoom()
        }
    }

    /// Says what is stored, so that it can be gone on from there.
    private func stopped(_ error: FootfallError) -> CommandExit {
        guard lastStoredLine > 0 else { return Client.notStored(error) }
        return CommandExit(.cannotCreate, "no more was stored: \(Client.reason(error)); \(wayOn)")
    }

    private var wayOn: String {
        "line \(lastStoredLine) is the last that is stored: go on with --from-line \(lastStoredLine + 1)"
    }

    private mutating func count(_ stored: [(event: Event, line: Int?, place: String)], _ report: BatchReport) throws {
        let rejected = Dictionary(
            report.rejected.map { ($0.index, $0.reason) }, uniquingKeysWith: { first, _ in first })
        for (index, item) in stored.enumerated() {
            guard let line = item.line else { continue }
            lastStoredLine = line
            guard let reason = rejected[index] else {
                totals.stored += 1
                continue
            }
            place = item.place
            try reject(
                reason == .tooLarge
                    ? "the event is larger than 32 KiB with its context" : "it was not stored: \(reason.rawValue)")
        }
        progress.show("stored \(counted(totals.stored, "event"))")
    }

    private mutating func makeRoom() throws {
        if canDeliver {
            progress.show("the store is full; delivering")
            let (report, _) = try client.flush(within: .seconds(60))
            if report.delivered > 0 || report.dropped > 0 { return }
        }
        let advice = canDeliver ? "nothing can be delivered now" : "no destination is configured"
        throw CommandExit(
            .temporary,
            "the store is full and \(advice); \(wayOn)"
        )
    }

    /// Ends the sessions of a replay and stores the rest.
    mutating func finish() throws {
        if replay != nil {
            for end in replay?.finish() ?? [] { add(end, nil) }
            totals.sessions = Int64(replay?.sessions ?? 0)
        }
        try store()
        progress.clear()
    }
}
