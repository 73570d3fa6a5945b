// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc
import TestSupport
import Testing

@testable import Footfall

@Suite struct HeldWriterTests {
    let directory = TemporaryDirectory()
    private let boot = Guarded<Int64>(1_000)
    private let lived = Guarded<Int64>(1_000)
    private var state: StateDirectory { StateDirectory(path: directory.path) }

    private func writer() throws -> HeldWriter {
        try state.create()
        let (boot, lived) = (boot, lived)
        return HeldWriter(state, source: "app:x", boot: { boot.current }, lived: { lived.current })
    }

    private func event(bytes: Int = 0) -> Event {
        var event = Event(type: .track, timestamp: Timestamp(milliseconds: 1), anonymousId: "a")
        event.properties["x"] = .string(String(repeating: "x", count: bytes))
        return event
    }

    private func hold(
        _ writer: HeldWriter, _ number: Int64, of origin: String = "own", bytes: Int = 0,
        _ reason: SpoolHeader.Reason = .off
    ) throws -> DropReason? {
        try writer.write(
            .event(event(bytes: bytes)), sequence: number,
            of: HeldWriter.Origin(id: origin, bootID: "boot", erasure: 0),
            for: PluginSwitches.Hold(plugin: "Weather", reason: reason))
    }

    private var bytes: Int64 { HeldEvents.all(in: state).reduce(0) { $0 + $1.bytes } }
    private var events: Int { HeldEvents.all(in: state).reduce(0) { $0 + $1.events } }

    /// A minute later.
    private func pass() { lived.read { $0 += 60_000 } }

    /// Takes up all that is held, as another process does.
    private func takeUp() throws {
        for orphan in OrphanSpool.adoptAll(directory: state.held, source: "app:x") {
            try orphan.removeRecords()
            orphan.remove()
        }
    }

    @Test func whatOthersTookUpMakesRoom() throws {
        let writer = try writer()
        var number: Int64 = 1
        while try hold(writer, number, of: "spool", bytes: 100_000) == nil { number += 1 }
        #expect(bytes > 15 << 20 && bytes <= 16 << 20)
        writer.close(origin: "spool")
        try takeUp()
        pass()
        #expect(try hold(writer, number, bytes: 100_000) == nil)
    }

    @Test func itIsMeasuredBeforeTheFirstEventIsDropped() throws {
        let first = try writer()
        let second = try writer()
        // Little less than the limit, so that the second knows of it.
        for number in Int64(1)...165 { #expect(try hold(first, number, of: "spool", bytes: 100_000) == nil) }
        #expect(try hold(second, 1, bytes: 100) == nil)
        first.close(origin: "spool")
        try takeUp()
        for number in Int64(2)...50 { #expect(try hold(second, number, bytes: 100_000) == nil, "\(number)") }
    }

    @Test func processesThatHoldAtTheSameTimeShareTheRoom() throws {
        let writers = try (0..<4).map { _ in try writer() }
        var refused: Set<Int> = []
        for number in Int64(1)...400 where refused.count < 4 {
            for (index, writer) in writers.enumerated() where !refused.contains(index) {
                if try hold(writer, number, of: "own-\(index)", bytes: 100_000) != nil { refused.insert(index) }
            }
        }
        #expect(refused.count == 4)
        // Each may have added a sixteenth since it measured.
        #expect(bytes > 15 << 20 && bytes <= 20 << 20)
    }

    @Test func anEventThatNoDestinationTakesIsNotHeld() throws {
        let writer = try writer()
        for bytes in [200_000, 1 << 20, 3 << 20] { #expect(try hold(writer, 1, bytes: bytes) == .tooLarge) }
        #expect(try hold(writer, 1, bytes: 100_000) == nil)
        #expect(events == 1)
    }

    @Test func itIsDueOnTheDiskAfterAFewSecondsThoughNoEventComes() throws {
        let writer = try writer()
        #expect(writer.syncDeadline == .max)
        #expect(try hold(writer, 1) == nil)
        let deadline = 1_000 + Limits.syncDelay.nanoseconds
        #expect(writer.syncDeadline == deadline)
        boot.read { $0 += 1_000_000_000 }
        #expect(try hold(writer, 2) == nil)
        #expect(writer.syncDeadline == deadline, "the first event counts")
        writer.sync()
        #expect(writer.syncDeadline == .max)
        // It comes, and is late.
        #expect(try hold(writer, 3) == nil)
        boot.read { $0 = deadline * 3 }
        #expect(try hold(writer, 4) == nil)
        #expect(writer.syncDeadline == .max)
    }

    @Test func whatCannotBeUsedIsPassedOver() throws {
        let writer = try writer()
        try state.createHeld()
        let id = HeldFile.id(origin: "own", plugin: "Weather", reason: .off)
        for part in ["", "-1", "-2"] {
            mkdir("\(state.held)/\(id)\(part).lock", 0o700)
            _ = try directory.write("", to: "held/\(id)\(part).lock/x")
        }
        for number in Int64(1)...3 { #expect(try hold(writer, number) == nil) }
        #expect(events == 3)
        // Nor is it tried for ever.
        for part in 0..<40 {
            let id = HeldFile.id(origin: "full", plugin: "Weather", reason: .off)
            let name = part == 0 ? id : "\(id)-\(part)"
            mkdir("\(state.held)/\(name).lock", 0o700)
            _ = try directory.write("", to: "held/\(name).lock/x")
        }
        #expect(throws: StoreError.self) { try hold(writer, 1, of: "full") }
    }
}
