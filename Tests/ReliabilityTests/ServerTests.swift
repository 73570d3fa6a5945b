// SPDX-License-Identifier: MIT
import Glibc
import TestSupport
import Testing

/// Files of any length are counted, and a file that cannot be read fails the test as that.
@Suite struct ServerTests {
    let folder = TemporaryDirectory()

    private func append(_ text: String, at offset: Int? = nil) throws {
        let file = open(folder("events.ndjson"), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        try #require(file >= 0)
        defer { close(file) }
        if let offset { lseek(file, offset, SEEK_SET) } else { lseek(file, 0, SEEK_END) }
        try #require(text.withCString { write(file, $0, strlen($0)) } == text.utf8.count)
    }

    @Test func findsTheIdsOfAFileBeyondOneGibibyte() throws {
        let server = try Server(folder)
        try append("{\"messageId\":\"a-0\"}\n")
        // A hole takes no room on the disk.
        try append("\n{\"messageId\":\"a-1\"}\n", at: 1 << 30)
        #expect(try server.messageIds == ["a-0", "a-1"])
        let tally = try server.tally(["a": 3])
        #expect(tally.once == 2 && tally.lost == ["a-2"])
    }

    /// Files are read in pieces of a mebibyte.
    @Test func findsAnIdWhereverAPieceEnds() throws {
        let server = try Server(folder)
        let line = "{\"messageId\":\"a-0\"}\n"
        for offset in (1 << 20) - line.utf8.count...(1 << 20) + 1 {
            unlink(folder("events.ndjson"))
            try append(line, at: offset)
            #expect(try server.messageIds == ["a-0"], "at \(offset)")
            #expect(try FileText(folder("events.ndjson")).contains("messageId"), "at \(offset)")
        }
    }

    @Test func aFileThatCannotBeReadIsAnErrorWithItsPath() throws {
        let server = try Server(folder)
        let path = folder("events.ndjson")
        unlink(path)
        #expect(throws: SystemFailure("opening", path, ENOENT)) { try server.messageIds }
        #expect(throws: SystemFailure("opening", path, ENOENT)) { try server.tally(["a": 1]) }
        // Root may read any file, but no directory.
        mkdir(path, 0o700)
        #expect(throws: SystemFailure("reading", path, EISDIR)) { try server.text }
        #expect(throws: SystemFailure("listing", folder("gone"), ENOENT)) { try folder.names(in: "gone") }
        #expect(throws: SystemFailure("listing", folder("gone"), ENOENT)) { try folder.files(with: "a", below: "gone") }
    }

    @Test func aFileTooLongForATextIsAnError() throws {
        try append("x", at: 1 << 28)
        #expect(throws: SystemFailure("reading", folder("events.ndjson"), EFBIG)) {
            try folder.text(of: "events.ndjson")
        }
    }
}
