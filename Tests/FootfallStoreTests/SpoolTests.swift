// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc
import TestSupport
import Testing

@Suite struct SpoolTests {
    let directory = TemporaryDirectory()

    private func makeSpool(source: String = "app:x") throws -> Spool {
        try Spool(directory: directory.path, source: source, bootID: "boot")
    }

    private func file(_ spool: Spool, _ suffix: String) -> String { "\(directory.path)/\(spool.id).\(suffix)" }

    @Test func readsBackWhatWasAppended() throws {
        let spool = try makeSpool()
        for number in Int64(1)...100 { try spool.append("event \(number)", number) }
        #expect(spool.drainingReader() == nil)

        #expect(spool.switchFiles())

        let found = try #require(spool.drainingReader()).all()
        #expect(found == (1...100).map { Spooled($0, "event \($0)") })
    }

    @Test func readsRecordsLargerThanOneRead() throws {
        let spool = try makeSpool()
        let large = String(repeating: "x", count: 900_000)
        for number in Int64(1)...5 { try spool.append(large, number) }
        #expect(spool.switchFiles())

        let found = try #require(spool.drainingReader()).all()
        #expect(found.map(\.sequence) == [1, 2, 3, 4, 5])
        #expect(found.allSatisfy { $0.text == large })
    }

    @Test func appendsToTheOtherFileWhileOneIsStored() throws {
        let spool = try makeSpool()
        try spool.append("a", 1)
        #expect(spool.switchFiles())
        try spool.append("b", 2)

        #expect(!spool.switchFiles(), "the first file is not cut off yet")
        #expect(try #require(spool.drainingReader()).all() == [Spooled(1, "a")])
    }

    @Test func doesNotSwitchWhenNothingWasAppended() throws {
        let spool = try makeSpool()
        #expect(!spool.switchFiles())
        #expect(spool.drainingReader() == nil)
    }

    @Test func cutsOffWhatIsStoredAndNothingElse() throws {
        let spool = try makeSpool()
        try spool.append("a", 1)
        try spool.append("b", 2)
        #expect(spool.switchFiles())
        try spool.append("c", 3)

        try spool.stored(upTo: 1)
        #expect(!spool.isEmpty)
        #expect(try #require(spool.drainingReader()).all().map(\.sequence) == [1, 2])

        try spool.stored(upTo: 2)
        #expect(spool.drainingReader() == nil)
        #expect(mode(file(spool, "a")) != nil)
        #expect(try SmallFile.read(file(spool, "a")).isEmpty)
        #expect(spool.size == record("c", 3).count)

        try spool.stored(upTo: 3)
        #expect(spool.isEmpty)
        #expect(try SmallFile.read(file(spool, "b")).isEmpty)
    }

    @Test func switchesBackAndForthWithoutMixing() throws {
        let spool = try makeSpool()
        var number: Int64 = 0
        for _ in 0..<20 {
            for _ in 0..<3 {
                number += 1
                try spool.append("\(number)", number)
            }
            #expect(spool.switchFiles())
            let found = try #require(spool.drainingReader()).all()
            #expect(found.map(\.sequence) == [number - 2, number - 1, number])
            try spool.stored(upTo: number)
        }
        #expect(spool.isEmpty)
    }

    @Test func removesItsFilesWhenAllIsStored() throws {
        let spool = try makeSpool()
        try spool.append("a", 1)
        #expect(spool.switchFiles())
        try spool.append("b", 2)
        spool.remove()
        for suffix in ["a", "b", "lock"] { #expect(mode(file(spool, suffix)) == nil) }
    }

    @Test func makesFilesForTheirOwnerOnly() throws {
        let spool = try makeSpool()
        try spool.append("a", 1)
        for suffix in ["a", "lock"] { #expect(mode(file(spool, suffix)) == 0o600, "\(suffix)") }
    }

    @Test func isNotMadeInAMissingDirectory() {
        #expect(throws: StoreError.self) {
            try Spool(directory: "\(directory.path)/missing", source: "app:x", bootID: "boot")
        }
    }
}
