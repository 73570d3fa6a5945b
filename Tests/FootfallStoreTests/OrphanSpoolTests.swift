// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Glibc
import TestSupport
import Testing

@Suite struct OrphanSpoolTests {
    let directory = TemporaryDirectory()

    private func makeSpool(source: String = "app:x", boot: String = "boot") throws -> Spool {
        try Spool(directory: directory.path, source: source, bootID: boot)
    }

    private func adopt(_ source: String = "app:x") -> [OrphanSpool] {
        OrphanSpool.adoptAll(directory: directory.path, source: source)
    }

    /// A spool of ten records whose process is dead, changed by `damage`.
    private func orphan(_ damage: (inout [UInt8], _ size: Int) -> Void = { _, _ in }) throws -> OrphanSpool {
        let spool = try makeSpool()
        for number in Int64(1)...10 { try spool.append("event \(number % 10)", number) }
        spool.abandon()
        try change("\(directory.path)/\(spool.id).a") { damage(&$0, record("event 1", 1).count) }
        return try #require(adopt().first { $0.id == spool.id })
    }

    // MARK: - Who adopts

    @Test func isNotAdoptedWhileItsOwnerLives() throws {
        let spool = try makeSpool()
        try spool.append("a", 1)
        #expect(adopt().isEmpty)
        spool.abandon()
        #expect(adopt().count == 1)
    }

    @Test func isAdoptedByItsOwnSourceOnly() throws {
        let spool = try makeSpool(source: "app:x", boot: "earlier")
        try spool.append("a", 1)
        spool.abandon()

        #expect(adopt("app:y").isEmpty)
        #expect(adopt("command:x").isEmpty)
        #expect(OrphanSpool.foreign(directory: directory.path, source: "app:y") == 1)
        #expect(OrphanSpool.foreign(directory: directory.path, source: "app:x") == 0)

        let orphan = try #require(adopt().first)
        #expect(orphan.id == spool.id)
        #expect(orphan.header.bootID == "earlier")
    }

    @Test(.enabled(if: geteuid() == 0), arguments: ["lock", "a"])
    func takesNoEventThatAnotherUserPlanted(_ suffix: String) throws {
        let spool = try makeSpool()
        try spool.append("a", 1)
        spool.abandon()
        chown("\(directory.path)/\(spool.id).\(suffix)", 4_321, 4_321)
        var found = 0
        for orphan in adopt() { _ = try orphan.forEach(after: 0) { _, _ in found += 1 } }
        #expect(found == 0)
    }

    @Test func doesNotCountALivingForeignSpool() throws {
        let spool = try makeSpool(source: "app:x")
        #expect(OrphanSpool.foreign(directory: directory.path, source: "app:y") == 0)
        spool.abandon()
        #expect(OrphanSpool.foreign(directory: directory.path, source: "app:y") == 1)
    }

    @Test func removesWhatADeadProcessLeftBeforeItHadASpool() throws {
        let dead = ftf_open("\(directory.path)/.dead.lock", O_RDWR | O_CREAT)
        close(dead)
        let living = ftf_open("\(directory.path)/.living.lock", O_RDWR | O_CREAT)
        #expect(ftf_lock_description(living) == 0)
        defer { close(living) }

        #expect(adopt().isEmpty)
        #expect(access("\(directory.path)/.dead.lock", F_OK) != 0)
        #expect(access("\(directory.path)/.living.lock", F_OK) == 0)
        #expect(OrphanSpool.foreign(directory: directory.path, source: "app:x") == 0)
    }

    @Test func isMadeThoughOthersClearUpAllTheTime() throws {
        let cleaner = Cleaner(directory.path)
        for _ in 0..<300 {
            let spool = try makeSpool()
            try spool.append("a", 1)
            spool.remove()
        }
        cleaner.stop()
    }

    @Test func isAdoptedOnce() throws {
        try makeSpool().abandon()
        let first = adopt()
        #expect(first.count == 1)
        #expect(adopt().isEmpty, "the first one has it")
        withExtendedLifetime(first) {}
    }

    @Test func isAdoptedAgainWhenItsAdopterDied() throws {
        let spool = try makeSpool()
        try spool.append("a", 1)
        spool.abandon()
        #expect(adopt().count == 1)
        #expect(try #require(adopt().first).all().records == [Spooled(1, "a")])
    }

    @Test func twoAdoptersNeverBothGetIt() throws {
        for _ in 0..<30 {
            var ids: Set<String> = []
            for _ in 0..<4 {
                let spool = try makeSpool()
                ids.insert(spool.id)
                spool.abandon()
            }
            let adopted = Guarded<[OrphanSpool]>([])
            onThreads(4) { _ in
                // A process that another test is starting shares all locks until it is
                // another program: they are not free for a moment.
                _ = poll {
                    let mine = OrphanSpool.adoptAll(directory: directory.path, source: "app:x")
                    adopted.read { $0 += mine }
                    return adopted.current.count >= 4
                }
            }
            #expect(adopted.current.count == 4)
            #expect(Set(adopted.current.map(\.id)) == ids)
            for orphan in adopted.current { orphan.remove() }
        }
        #expect(adopt().isEmpty)
    }

    @Test func leavesFilesAloneThatAreNoSpools() throws {
        for (name, text) in [("x.lock", ""), ("y.lock", "{}"), ("z.lock", "\u{0}\u{1}"), ("w.lock", #"{"version":2}"#)]
        {
            let descriptor = open("\(directory.path)/\(name)", O_WRONLY | O_CREAT, 0o600)
            _ = text.withCString { write(descriptor, $0, strlen($0)) }
            close(descriptor)
        }
        #expect(adopt().isEmpty)
        #expect(OrphanSpool.adoptAll(directory: "\(directory.path)/missing", source: "app:x").isEmpty)
    }

    // MARK: - What is in it

    @Test func givesRecordsAboveTheWatermark() throws {
        let orphan = try orphan()
        #expect(try orphan.all().records.map(\.sequence) == Array(1...10))
        #expect(try orphan.all(after: 7).records.map(\.sequence) == [8, 9, 10])
        #expect(try orphan.all(after: 10).records.isEmpty)
        #expect(try orphan.all(after: 10).damaged == 0)
    }

    @Test func readsTheOlderFileFirst() throws {
        let spool = try makeSpool()
        try spool.append("a", 1)
        #expect(spool.switchFiles())
        try spool.append("b", 2)
        try spool.stored(upTo: 1)
        #expect(spool.switchFiles())
        try spool.append("c", 3)
        spool.abandon()

        // Now .b holds 2 and .a holds 3.
        #expect(try #require(adopt().first).all().records == [Spooled(2, "b"), Spooled(3, "c")])
    }

    @Test func hasNothingWhenNothingWasAppended() throws {
        try makeSpool().abandon()
        let found = try #require(adopt().first).all()
        #expect(found.records.isEmpty)
        #expect(found.damaged == 0)
    }

    @Test func removesAllThreeFiles() throws {
        let spool = try makeSpool()
        try spool.append("a", 1)
        #expect(spool.switchFiles())
        try spool.append("b", 2)
        spool.abandon()
        let orphan = try #require(adopt().first)

        try orphan.removeRecords()
        for suffix in ["a", "b"] { #expect(mode("\(directory.path)/\(spool.id).\(suffix)") == nil) }
        #expect(mode("\(directory.path)/\(spool.id).lock") != nil, "it is held until its mark is forgotten")
        try orphan.removeRecords()
        orphan.remove()
        #expect(mode("\(directory.path)/\(spool.id).lock") == nil)
    }

    // MARK: - Damage

    @Test func losesATornLastRecordOnly() throws {
        for cut in [1, 7, 16, 20] {
            let found = try orphan { bytes, _ in bytes.removeLast(cut) }.all()
            #expect(found.records.map(\.sequence) == Array(1...9), "\(cut) bytes cut off")
        }
    }

    /// Every byte of the file in turn, so of length, checksum, number and payload.
    @Test func aFlippedByteCostsOneRecordOnly() throws {
        let size = record("event 1", 1).count
        for place in 0..<size {
            for index in [0, 4, 9] {
                let found = try orphan { bytes, size in bytes[index * size + place] ^= 0x41 }.all()
                let expected = (1...10).filter { $0 != index + 1 }.map(Int64.init)
                #expect(found.records.map(\.sequence) == expected, "byte \(place) of record \(index + 1)")
                #expect(found.damaged == 1, "byte \(place) of record \(index + 1)")
            }
        }
    }

    @Test func goesOnBehindSeveralDamagedRecords() throws {
        let found = try orphan { bytes, size in
            for place in 3 * size..<6 * size { bytes[place] = UInt8(truncatingIfNeeded: place &* 151) }
        }.all()
        #expect(found.records.map(\.sequence) == [1, 2, 3, 7, 8, 9, 10])
        #expect(found.damaged > 0)
    }

    @Test func goesOnBehindAHoleOfZeros() throws {
        let found = try orphan { bytes, size in
            for place in 2 * size..<4 * size { bytes[place] = 0 }
        }.all()
        #expect(found.records.map(\.sequence) == [1, 2, 5, 6, 7, 8, 9, 10])
        #expect(found.damaged > 0)
    }

    @Test func readsNothingFromAFileThatIsNoSpool() throws {
        let found = try orphan { bytes, _ in bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 193 >> 3) } }
            .all()
        #expect(found.records.isEmpty)
        #expect(found.damaged > 0)
    }
}

/// Looks for orphans on a thread of its own, again and again.
private final class Cleaner: Sendable {
    private let state: State

    private final class State: @unchecked Sendable {
        let path: String
        let lock = Lock()
        var stops = false
        let ended = ftf_eventfd()

        init(_ path: String) { self.path = path }
        deinit { close(ended) }
    }

    init(_ path: String) {
        state = State(path)
        ftf_thread_start("cleaner", cleanOnThread, Unmanaged.passRetained(state).toOpaque())
    }

    private static func run(_ state: State) {
        while !state.lock.withLock({ state.stops }) {
            _ = OrphanSpool.adoptAll(directory: state.path, source: "app:other")
        }
        ftf_eventfd_raise(state.ended)
    }

    func stop() {
        state.lock.withLock { state.stops = true }
        _ = ftf_wait_readable_for(state.ended, 10_000_000_000)
    }

    fileprivate static func clean(_ argument: UnsafeMutableRawPointer?) {
        guard let argument else { return }
        run(Unmanaged<State>.fromOpaque(argument).takeRetainedValue())
    }
}

private func cleanOnThread(_ argument: UnsafeMutableRawPointer?) { Cleaner.clean(argument) }
