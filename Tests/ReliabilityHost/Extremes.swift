// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import FootfallStore
import Glibc
import TestSupport

/// Puts one extreme number after another into a copy of a store, and does with each
/// what programs and commands do. It says what it is about to try: a trap ends it.
///
///     state=DIR (left by a killed process)  work=DIR  seed=N  each=N (values a place)
///     part=N  parts=N (only each so many place)
func tryExtremes(_ arguments: Arguments) {
    var cases = Extremes(state: arguments.text("state") ?? "", work: arguments.text("work") ?? "")
    cases.part = (arguments.number("part") ?? 0, arguments.number("parts") ?? 1)
    cases.tryAll(each: arguments.number("each") ?? 12, seed: arguments.number("seed") ?? 1)
    say("tried \(cases.tried) places \(cases.places)")
}

private struct Extremes {
    static let values: [Int64] = [
        .min, -(1 << 53), -1, 0, 1, 62, 63, 64, 1 << 31, 1 << 53, .max - 1, .max,
    ]
    /// What finds one row of each table.
    static let tables = [
        ("event", "id"), ("variant", "event"), ("destination", "id"), ("exception", "event"), ("spool", "id"),
        ("sessions", "id"), ("clock", "id"), ("request", "id"),
    ]

    let state: String
    let work: String
    private(set) var tried = 0
    private(set) var places = 0
    var part = (number: 0, count: 1)
    private var random = SplitMix64(seed: 0)

    init(state: String, work: String) {
        self.state = state
        self.work = work
    }

    mutating func tryAll(each: Int, seed: Int) {
        random = SplitMix64(seed: UInt64(truncatingIfNeeded: seed))
        guard let source = try? Store(path: "\(state)/store.db") else { return say("there is no store") }
        fill(source)
        var changes: [(place: String, apply: (Int64) -> Void)] = []
        for (table, key) in Self.tables {
            for column in columns(of: table, source) {
                changes.append(
                    (
                        "\(table).\(column)",
                        sql {
                            "UPDATE \(table) SET \(column) = \($0) WHERE \(key) = (SELECT max(\(key)) FROM \(table))"
                        }
                    ))
            }
        }
        for name in (try? source.counters.all().map(\.name)) ?? [] {
            changes.append(("counter.\(name)", sql { "UPDATE counter SET value = \($0) WHERE name = '\(name)'" }))
        }
        changes.append(("user_version", sql { "PRAGMA user_version = \($0)" }))
        for (table, column, key) in [("kv", "value", "key"), ("destination", "retry", "id")] {
            for (name, text) in texts("SELECT \(key), \(column) FROM \(table)", source) {
                for range in numbers(in: text) {
                    changes.append(
                        (
                            "\(table).\(name) \(text[..<range.lowerBound].suffix(20))",
                            { [work] value in
                                let changed = text.replacingCharacters(range, with: "\(value)")
                                let quoted = changed.replacing("'", with: "''")
                                change(
                                    "\(work)/case",
                                    "UPDATE \(table) SET \(column) = '\(quoted)' WHERE \(key) = '\(name)'")
                            }
                        ))
                }
            }
        }
        _ = consume source
        let identity = bytes("\(state)/identity.json")
        let text = String(decoding: identity, as: UTF8.self)
        for range in numbers(in: text) {
            changes.append(
                (
                    "identity.json",
                    { [work] in
                        put(Array(text.replacingCharacters(range, with: "\($0)").utf8), "\(work)/case/identity.json")
                    }
                ))
        }
        for name in Listing.names(in: "\(state)/spool") where !name.hasSuffix(".lock") {
            let record = bytes("\(state)/spool/\(name)")
            // The sequence number, and wherever else eight bytes may be a number.
            for offset in [8] + Array(stride(from: 16, to: record.count - 8, by: 1)) {
                changes.append(
                    (
                        "spool+\(offset)",
                        { [work] in
                            put(altered(record, at: offset, $0), "\(work)/case/spool/\(name)")
                        }
                    ))
            }
        }
        places = changes.count
        let count = changes.count
        for (index, change) in changes.enumerated() {
            // Of the many bytes of a spool a part is enough each time.
            if change.place.hasPrefix("spool+"), each < 12, !change.place.hasSuffix("+8"), random.next() % 16 != 0 {
                continue
            }
            let first = Int(random.next() % 12)
            guard index % part.count == part.number else { continue }
            for step in 0..<each {
                let value = Self.values[(first + step * max(12 / each, 1)) % 12]
                say("case \(index) of \(count): \(change.place) = \(value)")
                copyTheState()
                change.apply(value)
                use()
                tried += 1
            }
        }
    }

    private func sql(_ statement: @escaping (Int64) -> String) -> (Int64) -> Void {
        { [work] in change("\(work)/case", statement($0)) }
    }

    /// A row in each table, where the process before left none.
    private func fill(_ store: Store) {
        try? store.connection.execute(
            """
            INSERT OR IGNORE INTO variant SELECT max(id), 0, body FROM event;
            INSERT OR IGNORE INTO exception SELECT 0, min(id), 1, 'bad', 5 FROM event;
            INSERT OR IGNORE INTO request (name, argument) VALUES ('flush', 'accepting');
            INSERT OR IGNORE INTO spool VALUES ('gone', 7);
            INSERT OR IGNORE INTO sessions VALUES (1700000000000, 1700000000000, 1700000000001, 1, 1);
            INSERT OR IGNORE INTO counter VALUES ('dropped.unmapped', 1), ('recoveries', 1), ('clockCorrections', 1);
            UPDATE destination SET dead_lettered = 1, retry =
                '{"state":"waiting","nextAttempt":"2026-01-01T00:00:00.000Z","isDemanded":false,"failures":3,"lastError":"x"}';
            """)
        store.connection.checkpoint(truncates: true)
    }

    private func columns(of table: String, _ store: Store) -> [String] {
        texts("SELECT name, name FROM pragma_table_info('\(table)') WHERE type = 'INTEGER'", store).map(\.0)
    }

    private func texts(_ query: String, _ store: Store) -> [(String, String)] {
        guard let statement = try? store.connection.prepare(query) else { return [] }
        var found: [(String, String)] = []
        while (try? statement.step()) == true {
            if let name = statement.text(0), let text = statement.text(1) { found.append((name, text)) }
        }
        return found
    }

    /// Where a number stands: the whole text, behind a colon or a space.
    private func numbers(in text: String) -> [Range<String.Index>] {
        var found: [Range<String.Index>] = []
        var index = text.startIndex
        var before: Character?
        while index < text.endIndex {
            let character = text[index]
            let end = text[index...].firstIndex { !$0.isNumber } ?? text.endIndex
            if character.isNumber {
                if before == nil || before == ":" || before == " ", end == text.endIndex || ",}".contains(text[end]) {
                    found.append(index..<end)
                }
                index = end
                before = "0"
            } else {
                before = character
                index = text.index(after: index)
            }
        }
        return found
    }

    private func copyTheState() {
        for folder in ["\(work)/case", "\(work)/case/spool"] {
            for name in Listing.names(in: folder) { unlink("\(folder)/\(name)") }
            mkdir(folder, 0o700)
        }
        for name in ["store.db", "identity.json"] { put(bytes("\(state)/\(name)"), "\(work)/case/\(name)") }
        for name in Listing.names(in: "\(state)/spool") {
            put(bytes("\(state)/spool/\(name)"), "\(work)/case/spool/\(name)")
        }
    }

    /// What programs and commands do with a store.
    private func use() {
        let configuration = Configuration(writeKey: "KEY").stateDirectory("\(work)/case").flushAt(1_000_000)
            .flushInterval(.zero).errorHandler { _ in }
        // What is wrong with a store is told or passed over; here it only must not trap.
        let look = {
            if let status = try? StoreStatus(configuration) { _ = status.json.text }
            _ = Doctor.examine(configuration)
            _ = try? DeadLetters(configuration).list()
        }
        look()
        _ = try? DeadLetters(configuration).sendAgain { $0.id % 2 == 0 }
        let client = Analytics(configuration: configuration)
        client.add(plugin: AmplitudeSession(configuration: SessionConfiguration(limit: .seconds(1_800))))
        client.add(plugin: Accepting())
        client.track(name: "event", properties: ["n": 1])
        client.endSession()
        client.visitor.begin()
        client.visitor.pauseIdle()
        client.identify(userId: "user")
        client.startNewSession()
        client.visitor.end(reason: .completed)
        _ = client.flush(timeout: .milliseconds(500))
        client.forget()
        client.track(name: "event")
        _ = client.flush(timeout: .milliseconds(300))
        look()
        _ = try? DeadLetters(configuration).purge()
        client.optOut()
        client.optIn()
        client.track(name: "event")
        client.close(timeout: .seconds(2))
        look()
    }
}

private func change(_ directory: String, _ statement: String) {
    try? Connection(path: "\(directory)/store.db").execute(statement)  // a value that the schema refuses
}

/// The first record with another number at an offset, and its checksum made right.
private func altered(_ record: [UInt8], at offset: Int, _ value: Int64) -> [UInt8] {
    guard record.count >= 16 else { return record }
    let length = record[0..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard record.count >= 16 + length, offset + 8 <= 16 + length else { return record }
    var bytes = Array(record[..<(16 + length)])
    for place in 0..<8 { bytes[offset + place] = UInt8(truncatingIfNeeded: value >> Int64(8 * place)) }
    let sequence = bytes[8..<16].reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
    var buffer = ByteBuffer()
    SpoolRecord.begin(&buffer)
    bytes[16...].withUnsafeBufferPointer { buffer.append($0) }
    SpoolRecord.finish(&buffer, sequence: sequence)
    return buffer.array() + record[(16 + length)...]
}

private func bytes(_ path: String) -> [UInt8] {
    // A file that is not there has none.
    (try? SmallFile.read(path, limit: 1 << 24)) ?? []
}

private func put(_ bytes: [UInt8], _ path: String) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    _ = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    close(file)
}

extension String {
    fileprivate func replacingCharacters(_ range: Range<String.Index>, with text: String) -> String {
        "\(self[..<range.lowerBound])\(text)\(self[range.upperBound...])"
    }
}

/// A destination that takes all.
private final class Accepting: DestinationPlugin {
    let key = "accepting"
    let name = "accepting"
    let timeline = Timeline()
    let usesHooks = false
    let takesDeletions = true
    func makeDelivery() -> (any Delivery)? { AcceptingDelivery() }
}

private struct AcceptingDelivery: Delivery {
    let limits = BatchLimits.segment
    func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep { .finished(.accepted) }
}

/// Leaves what ``tryExtremes(_:)`` begins with: a store with a session, a visit and
/// events that wait, and events that are in a spool only.
func leaveForExtremes(_ arguments: Arguments) {
    let configuration = Configuration(writeKey: "KEY").stateDirectory(arguments.text("state") ?? "")
        .flushAt(1_000_000).flushInterval(.zero).delivers(false)
    let holding = Holding()
    let client = Analytics(configuration: configuration)
    client.add(plugin: AmplitudeSession(configuration: SessionConfiguration(limit: .seconds(1_800))))
    client.add(plugin: Accepting())
    client.identify(userId: "user", traits: ["plan": "a"])
    client.visitor.begin()
    client.track("stored", 0..<3)
    _ = client.store(timeout: .seconds(10))
    client.add(enrichment: holding.enrichment)
    client.track("held", 0..<1)
    holding.waitUntilHeld()
    client.track("spooled", 0..<2)
    kill(getpid(), SIGKILL)
}
