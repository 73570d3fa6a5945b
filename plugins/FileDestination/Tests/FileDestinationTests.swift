// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

@testable import FileDestination

@Suite struct FileDestinationTests {
    let directory = TemporaryDirectory()
    let folder = TemporaryDirectory()
    private var path: String { "\(folder.path)/events.ndjson" }

    private func deliver(_ bodies: [String], maximumBytes: Int = 64 << 20, to path: String? = nil) -> DeliveryOutcome? {
        let destination = FileDestination(path: path ?? self.path, maximumBytes: maximumBytes)
        let attempt = DeliveryAttempt(sentAt: Timestamp(milliseconds: 0), retryCount: 0)
        guard case .finished(let outcome)? = destination.makeDelivery()?.begin(DeliveryBatch(bodies: bodies), attempt)
        else { return nil }
        return outcome
    }

    /// `nil` where there is no file.
    private func text(_ path: String) throws -> String? { try FileText(path).textIfThere() }

    private func write(_ text: String, _ path: String) throws {
        var buffer = ByteBuffer()
        buffer.append(utf8: text)
        try SmallFile.replace(path, with: buffer)
    }

    // MARK: - Writing

    @Test func writesALineAnEventBehindWhatIsThere() throws {
        #expect(deliver([#"{"a":1}"#, #"{"b":2}"#]) == .accepted)
        #expect(deliver([#"{"c":3}"#]) == .accepted)
        #expect(try text(path) == "{\"a\":1}\n{\"b\":2}\n{\"c\":3}\n")
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test func deliversFromTheStore() throws {
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: FileDestination(path: path))
        for number in Int64(0)..<2_500 { analytics.track(name: "A", properties: ["n": .int(number)]) }
        #expect(analytics.flush(timeout: .seconds(10)).delivered == 2_500)
        #expect(analytics.close())
        let lines = try #require(try text(path)).split(separator: "\n")
        #expect(lines.count == 2_500)
        #expect(lines.first?.contains(#""properties":{"n":0}"#) == true)
        #expect(lines.last?.contains(#""properties":{"n":2499}"#) == true)
    }

    // MARK: - Rotation

    @Test func beginsANewFileBeforeTheLimitIsExceeded() throws {
        let body = String(repeating: "x", count: 9)
        for _ in 0..<3 { #expect(deliver([body], maximumBytes: 20) == .accepted) }
        #expect(try text("\(path).1") == "\(body)\n\(body)\n", "exactly the limit fits")
        #expect(try text(path) == "\(body)\n")
        for _ in 0..<2 { #expect(deliver([body], maximumBytes: 20) == .accepted) }
        #expect(try text("\(path).2") == "\(body)\n\(body)\n")
        #expect(try text("\(path).3") == nil)
    }

    @Test func oneByteTooManyBeginsANewFile() throws {
        let body = String(repeating: "x", count: 9)
        for _ in 0..<2 { #expect(deliver([body], maximumBytes: 19) == .accepted) }
        #expect(try text("\(path).1") == "\(body)\n")
        #expect(try text(path) == "\(body)\n")
    }

    @Test func writesABatchAboveTheLimitWhole() throws {
        #expect(deliver(["0123456789"], maximumBytes: 5) == .accepted)
        #expect(try text(path) == "0123456789\n")
        #expect(deliver(["a"], maximumBytes: 5) == .accepted)
        #expect(try text("\(path).1") == "0123456789\n")
        #expect(try text(path) == "a\n")
    }

    @Test func theHighestNumberIsTheNewest() throws {
        try write("old\n", "\(path).7")
        try write("older\n", "\(path).3")
        try write("x", "\(path).x")
        try write("x", "\(path).9.gz")
        #expect(deliver(["one"], maximumBytes: 4) == .accepted)
        #expect(deliver(["two"], maximumBytes: 4) == .accepted)
        #expect(try text("\(path).8") == "one\n")
        #expect(try text("\(path).1") == nil)
        #expect(try text("\(path).7") == "old\n")
    }

    @Test func losesAndDoublesNothingOverRotations() throws {
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: FileDestination(path: path, maximumBytes: 10_000))
        for number in Int64(0)..<500 {
            analytics.track(name: "A", properties: ["n": .int(number)])
            if number % 20 == 19 { #expect(analytics.flush(timeout: .seconds(10)).queued == 0) }
        }
        #expect(analytics.close())
        var numbers: [Int64] = []
        var files = 0
        var names: [String] = []
        while access("\(path).\(names.count + 1)", F_OK) == 0 { names.append("\(path).\(names.count + 1)") }
        names.append(path)
        for name in names {
            files += 1
            let text = try #require(try self.text(name))
            #expect(text.utf8.count <= 10_000)
            for line in text.split(separator: "\n") {
                let number = try JSONParser.parse(String(line)).objectValue?["properties"]?.objectValue?["n"]?.intValue
                numbers.append(try #require(number))
            }
        }
        #expect(files > 5)
        #expect(numbers == Array(0..<500))
    }

    // MARK: - Others who write to the file

    @Test func closesALineThatAnotherWriterLeftTorn() throws {
        try write("{\"a\":1}\n{\"b\":", path)
        #expect(deliver([#"{"c":3}"#]) == .accepted)
        #expect(try text(path) == "{\"a\":1}\n{\"b\":\n{\"c\":3}\n")
    }

    @Test func closesATornLineBeforeItRenamesTheFile() throws {
        try write("0123456789", path)
        #expect(deliver(["a"], maximumBytes: 12) == .accepted)
        #expect(try text("\(path).1") == "0123456789\n")
        #expect(try text(path) == "a\n")
    }

    @Test func keepsWhatAnotherProgramAppendedWhenItsOwnWriteFails() throws {
        let path = path
        let delivery = FileDelivery(path: path, maximumBytes: .max) { descriptor, bytes, count in
            guard count > 4 else {
                errno = ENOSPC
                return -1
            }
            let written = Glibc.write(descriptor, bytes, count - 4)
            let other = open(path, O_WRONLY | O_APPEND)
            defer { close(other) }
            _ = Glibc.write(other, "other\n", 6)
            return written
        }
        let attempt = DeliveryAttempt(sentAt: Timestamp(milliseconds: 0), retryCount: 0)
        guard case .finished(let outcome) = delivery.begin(DeliveryBatch(bodies: ["lines"]), attempt) else {
            Issue.record("it does not finish at once")
            return
        }
        #expect(why(outcome) == "retry: writing \(path): No space left on device")
        #expect(try text(path) == "liother\n")
    }

    @Test func triesAgainLaterWhileAnotherProgramHoldsTheFile() throws {
        let other = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        #expect(ftf_lock_description(other) == 0)
        #expect(why(deliver(["{}"])) == "retry: another program holds \(path)")
        close(other)
        #expect(deliver(["{}"]) == .accepted)
    }

    @Test func keepsEachLineWholeWhenSeveralWriteAndRenameTheFile() throws {
        let refused = Guarded<[String]>([])
        let path = path
        onThreads(4) { writer in
            let delivery = FileDestination(path: path, maximumBytes: 2_000).makeDelivery()
            let attempt = DeliveryAttempt(sentAt: Timestamp(milliseconds: 0), retryCount: 0)
            for number in 0..<25 {
                let bodies = (0..<10).map { "\(writer)-\(number)-\($0)" }
                var outcome = DeliveryOutcome.retry("", after: nil)
                while case .retry = outcome {
                    guard case .finished(let next)? = delivery?.begin(DeliveryBatch(bodies: bodies), attempt) else {
                        Issue.record("it does not finish at once")
                        return
                    }
                    outcome = next
                }
                if outcome != .accepted { refused.read { $0.append("\(outcome)") } }
            }
        }
        #expect(refused.current.isEmpty)
        var lines = try text(path).map { $0.split(separator: "\n").map(String.init) } ?? []
        var number = 1
        while let renamed = try text("\(path).\(number)") {
            #expect(renamed.utf8.count <= 2_000)
            lines += renamed.split(separator: "\n").map(String.init)
            number += 1
        }
        #expect(number > 3)
        let expected = (0..<4).flatMap { writer in
            (0..<25).flatMap { number in (0..<10).map { "\(writer)-\(number)-\($0)" } }
        }
        #expect(lines.sorted() == expected.sorted())
    }

    // MARK: - What can go wrong

    private func why(_ outcome: DeliveryOutcome?) -> String {
        switch outcome {
        case .accepted: "accepted"
        case .refused(let why): "refused: \(why)"
        case .partial: "parts of it are refused"
        case .retry(let why, _): "retry: \(why)"
        case .blocked(let why): "blocked: \(why)"
        case nil: "nothing"
        }
    }

    @Test func isBlockedWhileItsDirectoryIsMissing() throws {
        let path = "\(folder.path)/later/events.ndjson"
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: FileDestination(path: path))
        analytics.track(name: "A")
        let report = analytics.flush(timeout: .seconds(10))
        #expect(report.isBlocked)
        #expect(report.problems == ["file: opening \(path): No such file or directory"])
        mkdir("\(folder.path)/later", 0o700)
        #expect(analytics.flush(timeout: .seconds(10)).delivered == 1)
        #expect(analytics.close())
        #expect(try text(path)?.contains(#""event":"A""#) == true)
    }

    @Test func isBlockedByWhatIsNoPlainFile() {
        for path in ["/dev/full", "/dev/null"] {
            #expect(why(deliver(["{}"], to: path)) == "blocked: \(path) is no plain file")
        }
        #expect(why(deliver(["{}"], to: folder.path)).hasPrefix("blocked: opening"))
    }

    @Test func neverWaitsForTheReaderOfAPipe() {
        mkfifo(path, 0o600)
        #expect(why(deliver(["{}"])).hasPrefix("blocked: "))
    }

    /// The limit of a file's size stands for the end of the disk: the first
    /// bytes of a batch still fit. It is far above any other file of the tests.
    @Test func leavesNoHalfBatchOnAFullDiskAndTriesAgain() throws {
        signal(SIGXFSZ, SIG_IGN)
        let size = 1 << 33
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        let before = limit
        limit.rlim_cur = rlim_t(size)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
        ftruncate(descriptor, off_t(size - 11))
        // Its last line is whole.
        lseek(descriptor, 0, SEEK_END)
        _ = Glibc.write(descriptor, "\n", 1)
        close(descriptor)

        let full = deliver([String(repeating: "x", count: 100)], maximumBytes: .max)
        var status = stat()
        stat(path, &status)
        #expect(why(full) == "retry: writing \(path): File too large")
        #expect(Int(status.st_size) == size - 10)
        #expect(deliver(["12345"], maximumBytes: .max) == .accepted)

        limit = before
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    }

    // MARK: - Configuration

    private func destination(_ text: String) throws -> FileDestination {
        let file = try ConfigurationFile(bytes: Array("{\"destinations\": [\n\(text)\n]}".utf8), name: "f.json")
        return try FileDestination(#require(file.destinations?.first))
    }

    private func problem(_ text: String) -> String? {
        #expect(throws: ConfigurationError.self) { try destination(text) }?.description
    }

    @Test func readsItsKeys() throws {
        let plain = try destination(#"{"type": "file", "path": "/x"}"#)
        #expect((plain.name, plain.key) == ("file", "file"))
        let full = try destination(
            #"{"type": "file", "name": "log", "enabled": true, "path": "/x", "maxBytes": "1MiB"}"#)
        #expect((full.name, full.key) == ("log", "log"))
    }

    @Test func namesTheLineOfWhatIsWrong() {
        #expect(problem("{\n\"type\": \"file\"}") == "f.json: destinations[0].path: it is missing")
        #expect(problem("{\n\"path\": \"\"}") == "f.json:3: destinations[0].path: it is missing")
        #expect(
            problem("{\"path\": \"/x\",\n\"maxBytes\": \"big\"}")
                == "f.json:3: destinations[0].maxBytes: big is no size; it must be bytes or a text as 64MiB")
        #expect(
            problem("{\"path\": \"/x\",\n\"maxBytes\": 0}")?.hasPrefix("f.json:3: destinations[0].maxBytes: ") == true)
        #expect(
            problem("{\"path\": \"/x\",\n\"file\": 0}")?.hasPrefix(
                "f.json:3: destinations[0].file: this key is not known") == true)
    }
}
