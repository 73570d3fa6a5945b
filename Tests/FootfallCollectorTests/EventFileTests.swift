// SPDX-License-Identifier: MIT
import Glibc
import Testing

@testable import FootfallCollector

@Suite struct EventFileTests {
    private func append(_ text: String, to file: EventFile) -> Int32 {
        Array(text.utf8).withUnsafeBufferPointer { file.append($0) }
    }

    @Test func takesBackWhatADiskThatFillsUpHasTaken() throws {
        let folder = try Folder()
        let isFull = Guarded(false)
        let file = try EventFile(path: folder.path("f")) { descriptor, bytes, count in
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

        #expect(folder.text(of: "f") == "first\nthird\n")
    }

    @Test func goesOnAfterAShortWriteOrASignal() throws {
        let folder = try Folder()
        let calls = Guarded(0)
        let file = try EventFile(path: folder.path("f")) { descriptor, bytes, count in
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

        #expect(folder.text(of: "f") == "0123456789\n")
    }

    @Test func closesALineThatAWriterLeftTornBeforeItOrMeanwhile() throws {
        let folder = try Folder()
        let path = folder.path("f")
        let other = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        defer { close(other) }
        _ = write(other, "torn", 4)
        let file = try EventFile(path: path)
        #expect(append("first\n", to: file) == 0)
        _ = write(other, "{", 1)
        #expect(append("second\n", to: file) == 0)
        #expect(append("third\n", to: file) == 0)
        #expect(folder.text(of: "f") == "torn\nfirst\n{\nsecond\nthird\n")
    }

    @Test func leavesAloneWhatAnotherProgramHasAppended() throws {
        let folder = try Folder()
        let path = folder.path("f")
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

        #expect(folder.text(of: "f") == "liother\n")
    }
}
