// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore
import Glibc
import TestSupport
import Testing

@Suite struct SmallFileTests {
    let directory = TemporaryDirectory()

    private func buffer(_ text: String) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.append(utf8: text)
        return buffer
    }

    private func entries() throws -> Int { try directory.names().count }

    @Test func readsWhatItWrote() throws {
        let path = "\(directory.path)/f"
        for text in ["", "short", String(repeating: "long", count: 5_000)] {
            try SmallFile.replace(path, with: buffer(text))
            #expect(try SmallFile.read(path) == Array(text.utf8))
        }
        #expect(mode(path) == 0o600)
        #expect(try entries() == 1, "no temporary file stays")
    }

    @Test func refusesAFileAboveTheLimit() throws {
        let path = "\(directory.path)/f"
        try SmallFile.replace(path, with: buffer("12345"))
        #expect(try SmallFile.read(path, limit: 5).count == 5)
        let error = try #require(throws: StoreError.self) { try SmallFile.read(path, limit: 4) }
        #expect(error.kind == .system(EFBIG))
    }

    @Test func anErrorNamesTheFileAndTheReason() throws {
        var error = try #require(throws: StoreError.self) { try SmallFile.read("\(directory.path)/missing") }
        #expect(error.kind == .system(ENOENT))
        #expect(error.description == "opening \(directory.path)/missing: No such file or directory")
        error = try #require(throws: StoreError.self) { try SmallFile.read(directory.path) }
        #expect(error.kind == .system(EISDIR))
    }

    @Test func leavesTheOldFileWhenItCannotBeReplaced() throws {
        let path = "\(directory.path)/d"
        mkdir(path, 0o700)
        mkdir("\(path)/in it", 0o700)
        #expect(throws: StoreError.self) { try SmallFile.replace(path, with: buffer("x")) }
        #expect(mode(path) == 0o700)
        #expect(try entries() == 1, "no temporary file stays")
        #expect(throws: StoreError.self) { try SmallFile.replace("\(directory.path)/no/f", with: buffer("x")) }
    }
}

@Suite struct StateDirectoryTests {
    let directory = TemporaryDirectory()

    @Test func makesWhatIsMissingForItsOwnerOnly() throws {
        let state = StateDirectory(path: "\(directory.path)/a/b/c")
        try state.create()
        for path in ["a", "a/b", "a/b/c", "a/b/c/spool"] {
            #expect(mode("\(directory.path)/\(path)") == 0o700, "\(path)")
        }
        try state.create()
    }

    @Test func saysThatAFileIsInTheWay() throws {
        var buffer = ByteBuffer()
        buffer.append("x")
        try SmallFile.replace("\(directory.path)/f", with: buffer)
        for path in ["f", "f/state"] {
            let error = try #require(throws: StoreError.self) {
                try StateDirectory(path: "\(directory.path)/\(path)").create()
            }
            #expect(error.kind == .system(ENOTDIR))
            #expect(error.description.contains(path))
        }
    }

    @Test func saysThatThePathIsEmpty() {
        #expect(throws: StoreError.self) { try StateDirectory(path: "").create() }
    }

    @Test func takesALinkOnTheWayAndNoneInItsPlace() throws {
        mkdir("\(directory.path)/real", 0o700)
        symlink("\(directory.path)/real", "\(directory.path)/link")
        try StateDirectory(path: "\(directory.path)/link/state").create()
        #expect(mode("\(directory.path)/real/state/spool") == 0o700)
        let error = try #require(throws: StoreError.self) {
            try StateDirectory(path: "\(directory.path)/link").create()
        }
        #expect(error.isUnusable)
        #expect(error.description.contains("symbolic link"))
    }

    @Test func takesTheRightsOfOthersAwayWhereTheyCouldWriteAndSaysSoOnce() throws {
        let state = StateDirectory(path: "\(directory.path)/state")
        try state.create()
        chmod(state.path, 0o777)
        chmod(state.spools, 0o720)
        #expect(try state.check(for: .look) == nil, "who only looks changes nothing")
        #expect(mode(state.path) == 0o777)
        let told = try #require(try state.check())
        #expect(told.contains("could write to \(state.path) and to \(state.spools)"))
        #expect(mode(state.path) == 0o700 && mode(state.spools) == 0o700)
        #expect(try state.check() == nil)
    }

    @Test func leavesADirectoryThatOthersMayOnlyRead() throws {
        let state = StateDirectory(path: "\(directory.path)/state")
        try state.create()
        chmod(state.path, 0o755)
        #expect(try state.check() == nil)
        #expect(mode(state.path) == 0o755)
    }

    @Test func refusesAPlaceThatAllUsersShare() throws {
        chmod(directory.path, 0o1777)
        let error = try #require(throws: StoreError.self) { try StateDirectory(path: directory.path).create() }
        #expect(error.isUnusable && error.detail.contains("all users share it"))
        #expect(mode(directory.path) == 0o777, "it is left as it is")
    }

    static let files = [
        "store.db", "store.db-wal", "store.db-shm", "store.db.salvaged", "store.lock", "identity.json", "opted-out",
        "visit", "wake",
    ]

    @Test(.enabled(if: geteuid() == 0), arguments: files) func refusesAFileOfAnotherUser(_ name: String) throws {
        let state = StateDirectory(path: directory.path)
        try state.create()
        chmod(state.path, 0o777)
        close(creat("\(state.path)/\(name)", 0o600))
        try state.check()
        chown("\(state.path)/\(name)", 4_321, 4_321)
        let error = try #require(throws: StoreError.self) { try state.check() }
        #expect(error.isUnusable)
        #expect(error.description.contains("\(name): it belongs to another user (4321)"), "\(error)")
    }

    @Test(arguments: files) func refusesALinkOrAPipeInThePlaceOfAFile(_ name: String) throws {
        let state = StateDirectory(path: directory.path)
        try state.create()
        symlink("/dev/null", "\(state.path)/\(name)")
        var error = try #require(throws: StoreError.self) { try state.check() }
        #expect(error.isUnusable && error.description.contains("\(name): it is a symbolic link"), "\(error)")
        unlink("\(state.path)/\(name)")
        mkfifo("\(state.path)/\(name)", 0o600)
        error = try #require(throws: StoreError.self) { try state.check() }
        #expect(error.isUnusable && error.description.contains("\(name): it is no plain file"), "\(error)")
    }

    @Test(.enabled(if: geteuid() == 0)) func letsRootLookAtAnotherUsersDirectoryAndNotUseIt() throws {
        let state = StateDirectory(path: directory.path)
        try state.create()
        for path in [state.path, state.spools] { chown(path, 4_321, 4_321) }
        #expect(throws: StoreError.self) { try state.check() }
        #expect(try state.check(for: .look) == nil)
        close(creat(state.database, 0o600))
        chown(state.database, 4_322, 4_322)
        #expect(throws: StoreError.self) { try state.check(for: .look) }
    }

    @Test func saysWhyThereIsNoDirectoryAtEachUse() throws {
        let state = StateDirectory.nowhere("HOME is not set")
        for use in [{ try state.create() }, { _ = try state.check() }, { _ = try state.check(for: .look) }] {
            let error = try #require(throws: StoreError.self) { try use() }
            #expect(error.isUnusable && error.description.hasSuffix("HOME is not set"), "\(error)")
        }
    }

    @Test func givesEachDestinationALockOfItsOwn() {
        let state = StateDirectory(path: "/s")
        #expect(state.uploaderLock("segment-2") == "/s/uploader-segment-2.lock")
        #expect(state.uploaderLock("../x") == "/s/uploader-_2e_2e_2fx.lock")
        let names = ["a", "A", "a b", "a/b", "a_b", "ä", "a.b", "", "_", "_5f", "a_20b"]
        #expect(Set(names.map(state.uploaderLock)).count == names.count)
    }

    @Test func cutsTheNameOfALockThatIsTooLong() {
        let state = StateDirectory(path: "/s")
        func file(_ name: String) -> Substring { state.uploaderLock(name).dropFirst(3) }
        let longest = String(repeating: "x", count: 255 - "uploader-.lock".utf8.count)
        #expect(file(longest) == "uploader-\(longest).lock", "what other versions hold stays")
        let others = ["\(longest)x", "\(longest)y", longest + longest, String(repeating: "é", count: 100)]
        #expect(others.allSatisfy { file($0).utf8.count == 255 && file($0).hasSuffix(".lock") })
        #expect(Set(others.map(file)).count == others.count)
        #expect(
            file("\(longest)x") == "uploader-\(longest.dropLast(17))+9e1b695276673a8d.lock", "the same in each process")
    }
}
