// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc
import TestSupport
import Testing

@Suite struct StrikeFileTests {
    let directory = TemporaryDirectory()
    private var base: String { directory("spool") }

    private func mark(_ sequence: Int64, _ plugin: String = "Weather", token: UInt64 = 7) -> PluginMark {
        PluginMark(
            kind: .record, sequence: sequence, plugin: plugin, token: token, age: 1_500_000_000,
            wall: 1_700_000_000_000, boot: 5, bootID: NameHash.sum("boot"))
    }

    @Test func aMarkIsReadAsItWasWritten() throws {
        try StrikeFile(base).mark(mark(3, "Wetter für Köln"))
        #expect(StrikeFile.hasMark(base))
        #expect(try StrikeFile(base).current == mark(3, "Wetter für Köln"))
    }

    @Test func aMarkThatWasClearedIsNoStrike() throws {
        let file = try StrikeFile(base)
        try file.mark(mark(3))
        file.clear()
        #expect(!StrikeFile.hasMark(base))
        let next = try StrikeFile(base)
        try next.settle()
        #expect(next.current == nil && next.strikes.isEmpty)
    }

    @Test func theMarkOfADeadProcessBecomesOneStrike() throws {
        try StrikeFile(base).mark(mark(3))
        // A process that dies after each step of this leaves one strike as well.
        let half = try StrikeFile(base)
        try half.settle()
        try StrikeFile(base).mark(mark(3))
        for _ in 0..<3 { try StrikeFile(base).settle() }
        #expect(try StrikeFile(base).strikes == [mark(3)])
        try StrikeFile(base).mark(mark(3, token: 8))
        try StrikeFile(base).settle()
        #expect(try StrikeFile(base).strikes == [mark(3), mark(3, token: 8)])
    }

    @Test func aDamagedSlotHasNoMark() throws {
        try StrikeFile(base).mark(mark(3))
        for place in [0, 5, 8, 20, 70] {
            try StrikeFile(base).mark(mark(3))
            try change("\(base).strikes") { $0[place] ^= 1 }
            #expect(!StrikeFile.hasMark(base), "byte \(place)")
        }
    }

    @Test func aLongNameIsShortenedTheSameWayEachTime() {
        let long = String(repeating: "ä", count: 300)
        #expect(PluginMark.name(long).utf8.count <= 180)
        #expect(PluginMark.name(long) == PluginMark.name(long))
        #expect(PluginMark.name(long) != PluginMark.name(long + "b"))
        #expect(PluginMark.name("Short") == "Short")
    }

    @Test func goesWithItsSpool() throws {
        let spool = try Spool(directory: directory.path, source: "app:x", bootID: "boot")
        try StrikeFile("\(directory.path)/\(spool.id)").mark(mark(1))
        spool.remove()
        #expect(try directory.names().isEmpty)
    }

    @Test func anUncleanEndLeavesRecordsOrAMark() throws {
        func isUnclean(_ source: String = "app:x") -> Bool {
            OrphanSpool.hasUncleanEnd(directory: directory.path, source: source)
        }
        let spool = try Spool(directory: directory.path, source: "app:x", bootID: "boot")
        try spool.append("a", 1)
        #expect(!isUnclean(), "its process lives")
        spool.abandon()
        #expect(isUnclean() && !isUnclean("app:y"))
        OrphanSpool.removeAll(directory: directory.path)
        #expect(!isUnclean())
        let empty = try Spool(directory: directory.path, source: "app:x", bootID: "boot")
        let strikes = try StrikeFile("\(directory.path)/\(empty.id)")
        empty.abandon()
        #expect(!isUnclean(), "a host that exits without a close leaves an empty spool")
        try strikes.mark(mark(0))
        #expect(isUnclean())
    }

    @Test(arguments: ["directory", "link", "FIFO", "text"]) func whatIsInItsPlaceHidesNoDeath(_ what: String) throws {
        let path = "\(base).strikes"
        switch what {
        case "directory": mkdir(path, 0o700)
        case "link": symlink("/etc/hostname", path)
        case "FIFO": mkfifo(path, 0o600)
        default: _ = try directory.write("no marks", to: "spool.strikes")
        }
        try StrikeFile(base).mark(mark(3))
        try StrikeFile(base).settle()
        #expect(try StrikeFile(base).strikes == [mark(3)])
    }
}
