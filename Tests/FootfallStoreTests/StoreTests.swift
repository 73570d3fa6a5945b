// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore
import Glibc
import TestSupport
import Testing

@Suite struct StoreTests {
    let directory = TemporaryDirectory()
    private var path: String { "\(directory.path)/store.db" }

    struct Stop: Error {}

    @Test func onANetworkItHasNoWALAndOneProcess() throws {
        let store = try Store(path: path, isOnNetwork: true)
        let mode = try store.connection.prepare("PRAGMA journal_mode")
        #expect(try mode.step())
        #expect(mode.text(0) == "truncate")
        mode.reset()
        try store.transaction { (_) throws(StoreError) in try store.keyValue.set("k", "v") }
        let other = try Connection(path: path, busyTimeout: .zero)
        let error = #expect(throws: StoreError.self) { try other.integer("SELECT count(*) FROM kv") }
        #expect(error?.isBusy == true)
    }

    @Test func leavesANewerSchemaAlone() throws {
        do {
            let store = try Store(path: path)
            try store.transaction { (_) throws(StoreError) in try store.keyValue.set("k", "v") }
            try store.connection.execute("PRAGMA user_version = 7")
        }
        let error = try #require(throws: StoreError.self) { try Store(path: path) }
        #expect(error.kind == .newerSchema(7))
        #expect(error.description.contains("later version"))

        let connection = try Connection(path: path)
        #expect(try connection.integer("PRAGMA user_version") == 7)
        #expect(try connection.integer("SELECT count(*) FROM kv WHERE key = 'k' AND value = 'v'") == 1)
    }

    @Test func refusesAFileThatIsNoDatabase() throws {
        var buffer = ByteBuffer()
        buffer.append(utf8: String(repeating: "this is no database. ", count: 100))
        try SmallFile.replace(path, with: buffer)
        let error = try #require(throws: StoreError.self) { try Store(path: path) }
        #expect(error.description.contains("file is not a database"))
        #expect(!error.isBusy && !error.isFull)
    }

    @Test func refusesALink() throws {
        _ = try Store(path: path)
        symlink(path, "\(directory.path)/link.db")
        #expect(throws: StoreError.self) { try Store(path: "\(directory.path)/link.db") }
    }

    @Test func severalConnectionsOpenANewFileAtOnce() throws {
        for round in 0..<20 {
            let file = "\(directory.path)/\(round).db"
            let errors = Guarded<[String]>([])
            onThreads(4) { thread in
                do {
                    let store = try Store(path: file)
                    try store.transaction { (_) throws(StoreError) in try store.counters.add(1, to: "opened") }
                } catch {
                    errors.read { $0.append("\(error)") }
                }
            }
            #expect(errors.current == [])
            #expect(try Store(path: file).counters.value("opened") == 4)
        }
    }

    @Test func isForItsOwnerOnlyWhateverTheUmask() throws {
        let store = try Store(path: path)
        try store.transaction { (_) throws(StoreError) in try store.keyValue.set("k", "v") }
        for suffix in ["", "-wal", "-shm"] { #expect(mode(path + suffix) == 0o600, "\(suffix)") }
    }

    /// Closing a file drops the locks that SQLite has on it in this process, so a host that
    /// reads all files of its directories makes the store look unused.
    @Test func losesNothingWhenTheHostReadsAndClosesItsFiles() throws {
        let store = try Store(path: path)
        let long = String(repeating: "long ", count: 1_000)
        try store.transaction { (_) throws(StoreError) in try store.keyValue.set("k", long) }
        try store.transaction { (_) throws(StoreError) in
            try store.counters.add(1, to: "c")
            for suffix in ["", "-wal", "-shm"] { #expect((try? FileText(path + suffix).bytes()) != nil) }
            let other = try Store(path: path)
            #expect(try other.keyValue.text("k") == long)
        }
        let other = try Store(path: path)
        #expect(try other.keyValue.text("k") == long)
        #expect(try other.counters.value("c") == 1)
        let faults = "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"
        #expect(try other.connection.integer(faults) == 0)
    }

    @Test func leavesNoDescriptorOpenWhenItIsClosed() throws {
        func openFiles() -> [String] {
            Listing.names(in: "/proc/self/fd").compactMap { name in
                var target = [CChar](repeating: 0, count: 4096)
                guard readlink("/proc/self/fd/\(name)", &target, target.count - 1) > 0 else { return nil }
                let path = String(cString: target)
                return path.hasPrefix(directory.path) ? path : nil
            }
        }
        for _ in 0..<2 {
            do {
                let store = try Store(path: path)
                let other = try Store(path: path)
                try store.transaction { (_) throws(StoreError) in try store.keyValue.set("k", "v") }
                #expect(try other.keyValue.text("k") == "v")
                #expect(openFiles().contains("\(path)-shm"))
            }
            #expect(openFiles() == [])
        }
    }

    // MARK: - Transactions

    @Test func undoesEverythingWhenTheBodyThrows() throws {
        let store = try Store(path: path)
        try store.transaction { (_) throws(StoreError) in try store.keyValue.set("k", "before") }
        let thrown = StoreError(.system(EIO), "a test", "told so")
        let error = #expect(throws: StoreError.self) {
            try store.transaction { (_) throws(StoreError) in
                try store.keyValue.set("k", "after")
                try store.counters.add(1, to: "c")
                throw thrown
            }
        }
        #expect(error?.action == "a test")
        #expect(!store.connection.isInTransaction)
        #expect(try store.keyValue.text("k") == "before")
        #expect(try store.counters.value("c") == 0)
    }

    @Test func undoesEverythingWhenTheBodyAsksForIt() throws {
        let store = try Store(path: path)
        let answer = try store.transaction { (transaction: inout Store.Transaction) throws(StoreError) in
            try store.keyValue.set("k", "v")
            transaction.rollBack()
            return 7
        }
        #expect(answer == 7)
        #expect(try store.keyValue.text("k") == nil)
    }

    @Test func undoesEverythingWhenAStatementFails() throws {
        let store = try Store(path: path)
        #expect(throws: StoreError.self) {
            try store.transaction { (_) throws(StoreError) in
                try store.counters.add(1, to: "c")
                try store.destinations.add(id: 1, name: "a", key: "a", position: 0)
                try store.destinations.add(id: 2, name: "a", key: "a", position: 0)
            }
        }
        #expect(try store.counters.value("c") == 0)
        #expect(try store.destinations.all().isEmpty)
        try store.transaction(.full) { (_) throws(StoreError) in try store.counters.add(2, to: "c") }
        #expect(try store.counters.value("c") == 2)
    }

    @Test func isUndoneByTheDeathOfItsProcess() throws {
        do {
            let connection = try Connection(path: path)
            _ = try Store(path: path)
            try connection.execute("BEGIN IMMEDIATE; INSERT INTO kv (key, value) VALUES ('k', 'v')")
        }
        #expect(try Store(path: path).keyValue.text("k") == nil)
    }

    @Test func saysThatAnotherHoldsTheLock() throws {
        _ = try Store(path: path)
        let one = try Connection(path: path, busyTimeout: .zero)
        let other = try Connection(path: path, busyTimeout: .milliseconds(1))
        try one.execute("BEGIN IMMEDIATE")
        let error = try #require(throws: StoreError.self) { try other.execute("BEGIN IMMEDIATE") }
        #expect(error.isBusy)
        try one.execute("COMMIT")
        try other.execute("BEGIN IMMEDIATE; COMMIT")
    }

    @Test func tellsAFullStoreFromOtherErrors() throws {
        let store = try Store(path: path)
        try store.connection.execute("PRAGMA max_page_count = 1")
        let error = try #require(throws: StoreError.self) {
            try store.transaction { (_) throws(StoreError) in
                for number in 0..<1_000 { try store.keyValue.set("k\(number)", String(repeating: "v", count: 1_000)) }
            }
        }
        #expect(error.isFull)
        #expect(!store.connection.isInTransaction)
    }

    @Test func twoWritersCountEveryStep() throws {
        _ = try Store(path: path)
        onThreads(4) { [path] thread in
            do throws(StoreError) {
                let store = try Store(path: path)
                for _ in 0..<50 {
                    // No other writer may change the number between the two statements.
                    try store.transaction { (_) throws(StoreError) in
                        let value = try store.keyValue.text("c").flatMap { Int($0) } ?? 0
                        try store.keyValue.set("c", "\(value + 1)")
                    }
                }
            } catch {
                Issue.record("thread \(thread): \(error)")
            }
        }
        #expect(try Store(path: path).keyValue.text("c") == "200")
    }
}
