// SPDX-License-Identifier: MIT
import CSystem
import FootfallJSON
import FootfallStore
import Glibc
import TestSupport
import Testing

@Suite struct HeldFileTests {
    let directory = TemporaryDirectory()

    private func header(
        _ plugin: String = "Weather", _ reason: SpoolHeader.Reason = .poison, origin: String = "spool-1",
        erasure: Int64 = 0
    ) -> SpoolHeader {
        SpoolHeader(
            source: "app:x", bootID: "boot", erasure: erasure,
            held: SpoolHeader.Held(plugin: plugin, reason: reason, origin: origin, lived: 5))
    }

    private func open(_ header: SpoolHeader) throws -> HeldFile {
        try HeldFile(directory: directory.path, header: header)
    }

    private func all() throws -> [Spooled] {
        var found: [Spooled] = []
        for file in HeldFile.all(in: directory.path) {
            try file.forEach { found.append(Spooled($0, text($1))) }
        }
        return found
    }

    @Test func keepsRecordsWithTheirNumbers() throws {
        let file = try open(header())
        for number in [Int64(4), 9, 12] { try file.append(record("e\(number)", number), sequence: number, lived: 5) }
        #expect(try all() == [Spooled(4, "e4"), Spooled(9, "e9"), Spooled(12, "e12")])
        #expect(HeldFile.all(in: directory.path).map(\.held) == [header().held])
    }

    @Test func holdingARecordTwiceChangesNothing() throws {
        for _ in 0..<2 {
            let file = try open(header())
            for number in [Int64(4), 9] { try file.append(record("e", number), sequence: number, lived: 5) }
        }
        #expect(try all() == [Spooled(4, "e"), Spooled(9, "e")])
    }

    @Test func aRecordBeforeTheLastNeedsAnotherPart() throws {
        let file = try open(header())
        try file.append(record("e9", 9), sequence: 9, lived: 5)
        #expect(file.takes(9) && file.takes(10) && !file.takes(4))
        let part = try HeldFile(directory: directory.path, header: header(), part: 1)
        #expect(part.takes(4))
        try part.append(record("e4", 4), sequence: 4, lived: 5)
        #expect(try all().sorted { $0.sequence < $1.sequence } == [Spooled(4, "e4"), Spooled(9, "e9")])
    }

    @Test func cutsOffWhatADyingProcessWroteHalf() throws {
        do {
            let file = try open(header())
            for number in [Int64(4), 9] { try file.append(record("e", number), sequence: number, lived: 5) }
        }
        let path = try #require(try directory.names().first { $0.hasSuffix(".a") }.map { directory($0) })
        try change(path) { $0.removeLast(3) }
        try open(header()).append(record("again", 9), sequence: 9, lived: 5)
        #expect(try all() == [Spooled(4, "e"), Spooled(9, "again")])
    }

    @Test func eachPluginAndReasonHasItsOwnFile() throws {
        for plugin in ["A", "B"] {
            for reason in SpoolHeader.Reason.allCases {
                try open(header(plugin, reason)).append(record("e", 1), sequence: 1, lived: 5)
            }
        }
        #expect(HeldFile.all(in: directory.path).count == 8)
    }

    @Test func isTakenUpAsASpoolIs() throws {
        do { try open(header()).append(record("e", 3), sequence: 3, lived: 5) }
        #expect(OrphanSpool.adoptAll(directory: directory.path, source: "app:y").isEmpty)
        let orphan = try #require(OrphanSpool.adoptAll(directory: directory.path, source: "app:x").first)
        #expect(orphan.header.held?.plugin == "Weather")
        #expect(try orphan.all().records == [Spooled(3, "e")])
        // One process only.
        #expect(OrphanSpool.adoptAll(directory: directory.path, source: "app:x").isEmpty)
        try orphan.removeRecords()
        orphan.remove()
        #expect(try directory.names().isEmpty)
    }

    @Test func isReleasedWithoutItsStrikes() throws {
        do { try open(header()).append(record("e", 3), sequence: 3, lived: 5) }
        do { try open(header("Other", .off)).append(record("e", 3), sequence: 3, lived: 5) }
        let id = HeldFile.id(origin: "spool-1", plugin: "Weather", reason: .poison)
        let mark = PluginMark(
            kind: .record, sequence: 3, plugin: "Weather", token: 1, age: 0, wall: 0, boot: 0, bootID: 0)
        let strikes = try StrikeFile(directory(id))
        try strikes.mark(mark)
        try strikes.settle()
        #expect(try HeldFile.release(in: directory.path) { $0.held.plugin == "Weather" }.map(\.id) == [id])
        #expect(try StrikeFile(directory(id)).strikes.isEmpty)
        #expect(Set(HeldFile.all(in: directory.path).map(\.held.reason)) == [.retry, .off])
        #expect(try HeldFile.release(in: directory.path) { _ in true }.map(\.held.plugin) == ["Other"])
        #expect(HeldFile.all(in: directory.path).allSatisfy { $0.held.reason == .retry })
        #expect(try HeldFile.release(in: directory.path) { _ in true }.isEmpty)
    }

    @Test func anErasureRemovesItThoughItsProcessLives() throws {
        let file = try open(header(erasure: 1))
        try file.append(record("e", 3), sequence: 3, lived: 5)
        let later = try open(header("Later", erasure: 2))
        try later.append(record("later", 1), sequence: 1, lived: 5)
        HeldFile.removeAll(directory: directory.path, before: 2)
        #expect(file.isRemoved && !later.isRemoved)
        #expect(try all() == [Spooled(1, "later")])
    }

    @Test func theTimeOfTheLastRecordIsKept() throws {
        let file = try open(header())
        let hour: Int64 = 3_600_000
        for number in Int64(1)...3 { try file.append(record("e", number), sequence: number, lived: number * hour + 5) }
        #expect(HeldFile.all(in: directory.path).map(\.held.lived) == [3 * hour + 5])
    }

    /// Each thread stands for runs of a command, one after another. One more removes unfinished files, as a start does.
    @Test func processesThatMakeTheSameFileLoseNothing() throws {
        let (threads, rounds) = (5, 60)
        let failures = Guarded<[String]>([])
        let path = directory.path
        @Sendable func hold(_ name: String, _ origin: String) throws {
            let number = ftf_boot_nanoseconds()
            for part in 0... {
                let header = SpoolHeader(
                    source: "command:x", bootID: "boot", erasure: 0,
                    held: SpoolHeader.Held(plugin: "Weather", reason: .unknown, origin: origin, lived: 5))
                let file = try HeldFile(directory: path, header: header, part: part)
                guard file.takes(number) else { continue }
                return try file.append(record(name, number), sequence: number, lived: 5)
            }
        }
        onThreads(threads + 1) { thread in
            for round in 0..<rounds {
                guard thread < threads else {
                    for _ in 0..<threads { _ = OrphanSpool.adoptAll(directory: path, source: "app:y") }
                    continue
                }
                let name = "\(thread)-\(round)"
                do {
                    do { try hold(name, "shared-\(round / 2)") } catch { try hold(name, "own-\(name)") }
                } catch {
                    failures.read { $0.append("\(name): \(error)") }
                }
            }
        }
        let wanted = (0..<threads).flatMap { thread in (0..<rounds).map { "\(thread)-\($0)" } }
        #expect(failures.current == [])
        #expect(try all().map(\.text).sorted() == wanted.sorted())
    }

    // MARK: - Damage

    private var base: String { directory(HeldFile.id(origin: "spool-1", plugin: "Weather", reason: .poison)) }
    private var hidden: String {
        directory(".\(HeldFile.id(origin: "spool-1", plugin: "Weather", reason: .poison)).lock")
    }

    @Test(arguments: ["", "{", #"{"version":1,"source":"app:x","bo"#, String(repeating: "\0", count: 4_096)])
    func aDamagedLockFileIsWrittenAnew(_ content: String) throws {
        do { try open(header()).append(record("e", 3), sequence: 3, lived: 5) }
        try change("\(base).lock") { $0 = Array(content.utf8) }
        #expect(try all() == [])
        do { try open(header()).append(record("f", 4), sequence: 4, lived: 5) }
        #expect(try all() == [Spooled(3, "e"), Spooled(4, "f")])
        #expect(OrphanSpool.adoptAll(directory: directory.path, source: "app:x").count == 1)
    }

    @Test(arguments: ["lock", "a", "hidden"], ["directory", "link", "FIFO"])
    func whatIsInThePlaceOfItsFilesIsReplaced(_ place: String, _ what: String) throws {
        let path = place == "hidden" ? hidden : "\(base).\(place)"
        switch what {
        case "directory": mkdir(path, 0o700)
        case "link": symlink("/etc/hostname", path)
        default: mkfifo(path, 0o600)
        }
        do { try open(header()).append(record("e", 3), sequence: 3, lived: 5) }
        #expect(try all() == [Spooled(3, "e")])
        let orphan = try #require(OrphanSpool.adoptAll(directory: directory.path, source: "app:x").first)
        #expect(try orphan.all().records == [Spooled(3, "e")])
    }

    @Test(arguments: ["lock", "a"]) func aFullDirectoryInItsPlaceNeedsAnotherPart(_ place: String) throws {
        mkdir("\(base).\(place)", 0o700)
        close(try #require(creat("\(base).\(place)/x", 0o600)))
        let error = #expect(throws: StoreError.self) { try open(header()) }
        #expect(error.map(HeldFile.canUseAnotherPart) == true)
        do {
            let part = try HeldFile(directory: directory.path, header: header(), part: 1)
            try part.append(record("e", 3), sequence: 3, lived: 5)
        }
        #expect(try all() == [Spooled(3, "e")])
        #expect(OrphanSpool.adoptAll(directory: directory.path, source: "app:x").count == 1)
    }

    @Test func aReleasedFileIsNotUsedForMorePoison() throws {
        do { try open(header()).append(record("e", 3), sequence: 3, lived: 5) }
        #expect(try HeldFile.release(in: directory.path) { _ in true }.count == 1)
        let error = #expect(throws: StoreError.self) { try open(header()) }
        #expect(error.map(HeldFile.canUseAnotherPart) == true)
    }

    // MARK: - Others at the same time

    @Test func startingProcessesDoNotDisturbIt() throws {
        let (path, header) = (directory.path, header())
        let failures = Guarded<[String]>([])
        let isDone = Guarded(false)
        onThreads(4) { thread in
            guard thread == 0 else {
                while !isDone.current { _ = OrphanSpool.adoptAll(directory: path, source: "app:y") }
                return
            }
            for number in 1...400 {
                var header = header
                header.held?.origin = "spool-\(number)"
                do {
                    let file = try HeldFile(directory: path, header: header)
                    try file.append(record("e", 1), sequence: 1, lived: 5)
                    if file.isRemoved { failures.read { $0.append("\(number) was removed") } }
                } catch {
                    failures.read { $0.append("\(error)") }
                }
            }
            isDone.read { $0 = true }
        }
        #expect(failures.current == [])
        #expect(try all().count == 400)
    }

    @Test func anErasureBeforeTheFirstRecordLeavesNothing() throws {
        let file = try open(header(erasure: 1))
        HeldFile.removeAll(directory: directory.path, before: 2)
        try file.append(record("e", 3), sequence: 3, lived: 5)
        #expect(file.isRemoved)
        #expect(try directory.names() == [])
    }

    @Test func anErasureRemovesRecordsWithoutALockFile() throws {
        for name in ["x.a", "x.strikes", "y.a", "SUM.json"] { _ = try directory.write("e", to: name) }
        mkdir(directory("y.lock"), 0o700)
        let kept = try open(header(erasure: 2))
        try kept.append(record("later", 1), sequence: 1, lived: 5)
        HeldFile.removeAll(directory: directory.path, before: 2)
        #expect(!kept.isRemoved)
        #expect(try directory.names().filter { !$0.hasPrefix(kept.id) } == ["SUM.json"])
        #expect(try all() == [Spooled(1, "later")])
    }

    @Test func erasuresAtAnyMomentLeaveNoRecordsWithoutALockFile() throws {
        let (path, header) = (directory.path, header(erasure: 1))
        let isDone = Guarded(false)
        let lost = Guarded(0)
        let failures = Guarded<[String]>([])
        onThreads(2) { thread in
            guard thread == 0 else {
                while !isDone.current { HeldFile.removeAll(directory: path, before: 2) }
                return
            }
            for number in 1...500 {
                var header = header
                header.held?.origin = "spool-\(number)"
                // A file from behind the erasure stays, each other one.
                header.erasure = number % 2 == 0 ? 2 : 1
                // As the pipeline does, it tries again: no erasure in the field is followed by thousands more.
                var file: HeldFile?
                for _ in 1...100 where file == nil {
                    do { file = try HeldFile(directory: path, header: header) } catch {
                        failures.read { $0.append("\(number): \(error)") }
                    }
                }
                guard let file else { continue }
                try? file.append(record("e", 1), sequence: 1, lived: 5)
                if number % 2 == 0, file.isRemoved { lost.read { $0 += 1 } }
            }
            isDone.read { $0 = true }
        }
        HeldFile.removeAll(directory: path, before: 2)
        #expect(lost.current == 0)
        #expect(try all().count == 250, "\(failures.current)")
        for name in try directory.names() where name.hasSuffix(".a") {
            #expect(access(directory("\(name.dropLast(2)).lock"), F_OK) == 0, "\(name)")
        }
        #expect(try directory.names().count == 500)
    }

    @Test func aSyncWaitsForTheRecords() throws {
        let file = try open(header())
        #expect(file.isSynced)
        try file.append(record("e", 3), sequence: 3, lived: 5)
        #expect(!file.isSynced)
        file.sync()
        #expect(file.isSynced)
    }
}
