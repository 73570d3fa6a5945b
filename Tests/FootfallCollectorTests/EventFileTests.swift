// SPDX-License-Identifier: MIT
import Glibc
import class TestSupport.TemporaryDirectory
import Testing

@testable import FootfallCollector

@Suite struct EventFileTests {
    private func append(_ text: String, to file: EventFile) -> Int32 {
        Array(text.utf8).withUnsafeBufferPointer { file.append($0) }
    }

    @Test func takesBackWhatADiskThatFillsUpHasTaken() throws {
        let folder = TemporaryDirectory()
        let isFull = Guarded(false)
        let file = try EventFile(path: folder("f")) { descriptor, bytes, count in
            let step = isFull.withLock { full in
                defer { if count > 10 { full = true } }
                return full
            }
            if step {
                errno = ENOSPC
                return -1
            }
            return write(descriptor, bytes, min(count, 8))
        }

        #expect(append("first\n", to: file) == 0)
        #expect(append("second and more\n", to: file) == ENOSPC)
        isFull.withLock { $0 = false }
        #expect(append("third\n", to: file) == 0)

        #expect(try folder.text(of: "f") == "first\nthird\n")
    }

    @Test func goesOnAfterAShortWriteOrASignal() throws {
        let folder = TemporaryDirectory()
        let calls = Guarded(0)
        let file = try EventFile(path: folder("f")) { descriptor, bytes, count in
            let call = calls.withLock { calls in
                calls += 1
                return calls
            }
            if call % 2 == 1 {
                errno = EINTR
                return -1
            }
            return write(descriptor, bytes, min(count, 3))
        }

        #expect(append("0123456789\n", to: file) == 0)

        #expect(try folder.text(of: "f") == "0123456789\n")
    }

    @Test func closesALineThatAWriterLeftTornBeforeItOrMeanwhile() throws {
        let folder = TemporaryDirectory()
        let path = folder("f")
        let other = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        defer { close(other) }
        _ = write(other, "torn", 4)
        let file = try EventFile(path: path)
        #expect(append("first\n", to: file) == 0)
        _ = write(other, "{", 1)
        #expect(append("second\n", to: file) == 0)
        #expect(append("third\n", to: file) == 0)
        #expect(try folder.text(of: "f") == "torn\nfirst\n{\nsecond\nthird\n")
    }

    @Test func noEventSteersATerminal() throws {
        // Glibc's module does not show these.
        typealias Number = @convention(c) (Int32) -> Int32
        typealias Name = @convention(c) (Int32) -> UnsafePointer<CChar>?
        func find<T>(_ name: String, _ type: T.Type) throws -> T {
            unsafeBitCast(try #require(dlsym(nil, name)), to: type)
        }
        let terminal = try find("posix_openpt", Number.self)(O_RDWR | O_NOCTTY)
        defer { close(terminal) }
        try #require(terminal >= 0)
        try #require(try find("grantpt", Number.self)(terminal) == 0 && find("unlockpt", Number.self)(terminal) == 0)
        let file = try EventFile(path: String(cString: try #require(try find("ptsname", Name.self)(terminal))))
        #expect(append("{\"a\":\"\u{9B}2J\u{202E}é\u{7F}\"}\n", to: file) == 0)
        var bytes = [UInt8](repeating: 0, count: 200)
        let count = read(terminal, &bytes, bytes.count)
        let shown = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
        #expect(shown == #"{"a":"\u009b2J\u202eé\u007f"}"# + "\r\n")
    }

    @Test func leavesAloneWhatAnotherProgramHasAppended() throws {
        let folder = TemporaryDirectory()
        let path = folder("f")
        let file = try EventFile(path: path) { descriptor, bytes, count in
            guard count > 4 else {
                errno = EIO
                return -1
            }
            let written = write(descriptor, bytes, count - 4)
            let other = open(path, O_WRONLY | O_APPEND)
            defer { close(other) }
            _ = write(other, "other\n", 6)
            return written
        }

        #expect(append("lines\n", to: file) == EIO)

        #expect(try folder.text(of: "f") == "liother\n")
    }
}
