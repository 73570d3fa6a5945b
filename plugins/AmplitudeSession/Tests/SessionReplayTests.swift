// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import FootfallStore
import Testing

@Suite struct SessionReplayTests {
    private func event(_ name: String, _ time: Int64, anonymousId: String = "", userId: String? = nil) -> Event {
        var event = Event(type: .track, timestamp: Timestamp(milliseconds: time), anonymousId: anonymousId)
        event.event = name
        event.userId = userId
        event.markAsPast()
        return event
    }

    private func id(_ event: Event) -> Int64? {
        event.integrations["Actions Amplitude"]?.objectValue?["session_id"]?.intValue
    }

    private func text(_ events: [Event]) -> String {
        events.map { "\($0.event ?? "?")(\(id($0) ?? -9))" }.joined(separator: " ")
    }

    /// Flights that left New York, from a real log.
    private static let departures: [Event] = {
        let folder = String(#filePath.dropLast("/plugins/AmplitudeSession/Tests/SessionReplayTests.swift".count))
        guard let bytes = try? SmallFile.read("\(folder)/examples/airport-kiosk/jfk-departures.ndjson", limit: 1 << 22)
        else {
            return []
        }
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            Array(line).withUnsafeBufferPointer { try? EventReader.read($0) }
        }
    }()

    @Test(arguments: [(30, 40), (5, 1_157), (60, 17)])
    func cutsARealStreamWhereItPauses(minutes: Int, sessions: Int) throws {
        let departures = Self.departures
        #expect(departures.count == 4_213)
        var replay = SessionReplay(limit: .seconds(60 * minutes))
        var all: [Event] = []
        for event in departures { all += try replay.add(event) }
        all += replay.finish()

        #expect(replay.sessions == sessions)
        #expect(all.count { $0.event == "session_start" } == sessions)
        #expect(all.count { $0.event == "session_end" } == sessions)
        #expect(all.count == departures.count + 2 * sessions)
        #expect(all.first?.event == "session_start")
        #expect(all.last?.event == "session_end")
        #expect(all.last?.timestamp == departures.last?.timestamp)
        #expect(!all.contains { !$0.hasGivenTimestamp }, "none may move the live session")
        #expect(Set(all.compactMap(id)).count == sessions)
        // Every end is at the time of the event before it.
        for (before, marker) in zip(all, all.dropFirst()) where marker.event == "session_end" {
            #expect(marker.timestamp == before.timestamp)
            #expect(id(marker) == id(before))
        }
    }

    @Test func putsMarkersAroundEachSession() throws {
        var replay = SessionReplay(limit: .seconds(10))
        var all: [Event] = []
        for (name, time) in [("A", 1_000), ("B", 10_999), ("C", 20_999)] as [(String, Int64)] {
            all += try replay.add(event(name, time, anonymousId: "a", userId: name))
        }
        all += replay.finish()
        #expect(
            text(all)
                == "session_start(1000) A(1000) B(1000) session_end(1000) session_start(20999) C(20999) session_end(20999)"
        )
        #expect(all.map(\.userId) == ["A", "A", "B", "B", "C", "C", "C"])
        #expect(all.map(\.timestamp.milliseconds) == [1_000, 1_000, 10_999, 10_999, 20_999, 20_999, 20_999])
    }

    @Test func refusesWhatIsNotInOrder() throws {
        var replay = SessionReplay(limit: .seconds(10))
        _ = try replay.add(event("A", 5_000))
        _ = try replay.add(event("B", 5_000))
        let error = #expect(throws: SessionReplay.OutOfOrder.self) { _ = try replay.add(event("C", 4_999)) }
        #expect(error?.previous.milliseconds == 5_000)
        let after = try replay.add(event("D", 5_001))
        #expect(text(after) == "D(5000)", "it can go on")
    }

    @Test func keepsStreamsApart() throws {
        var replay = SessionReplay(limit: .seconds(10))
        var all: [Event] = []
        all += try replay.add(event("A", 5_000, anonymousId: "x"))
        all += try replay.add(event("B", 1_000, anonymousId: "y"))
        all += try replay.add(event("C", 6_000, anonymousId: "x"))
        all += try replay.add(event("D", 30_000, userId: "x"))
        all += try replay.add(event("E", 500))
        #expect(replay.sessions == 4)
        all += replay.finish()
        #expect(
            text(all)
                == "session_start(5000) A(5000) session_start(1000) B(1000) C(5000) session_start(30000) D(30000) "
                + "session_start(500) E(500) session_end(5000) session_end(1000) session_end(30000) session_end(500)")
        let nothing = replay.finish()
        #expect(nothing.isEmpty)
    }

    @Test func keepsAnIdThatIsThereAndARefusal() throws {
        var replay = SessionReplay(limit: .seconds(10))
        var own = event("A", 1_000)
        own.integrations = ["Actions Amplitude": ["session_id": 5]]
        let kept = try replay.add(own)
        #expect(text(kept).hasSuffix("A(5)"))
        var refusing = event("B", 1_001)
        refusing.integrations = ["All": false]
        let refused = try replay.add(refusing)
        #expect(text(refused) == "B(-9)")
    }
}
