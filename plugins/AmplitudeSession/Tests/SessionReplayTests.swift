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

    @Test(arguments: [(5_500, 5_000), (5_000, 5_000), (21_000, 20_000), (12_000, -1), (4_999, -1), (19_999, -1)])
    func givesAnUnorderedEventTheSessionOfItsTime(_ time: Int64, _ session: Int64) throws {
        var replay = SessionReplay(limit: .seconds(10))
        for time in [5_000, 6_000, 20_000, 22_000] as [Int64] { _ = try replay.add(event("A", time)) }
        let late = event("Late", time)
        #expect(throws: SessionReplay.OutOfOrder.self) { _ = try replay.add(late) }
        let placed = replay.place(unordered: late)
        #expect(id(placed) == session)
        #expect(placed.timestamp == late.timestamp)
        let after = try replay.add(event("B", 23_000))
        #expect(text(after) == "B(20000)", "no session has changed")
        let ends = replay.finish()
        #expect(ends.map(\.timestamp.milliseconds) == [23_000])
        #expect(replay.sessions == 2)
    }

    @Test func looksForTheSessionOfAnUnorderedEventInItsOwnStream() throws {
        var replay = SessionReplay(limit: .seconds(10))
        for time in [5_000, 7_000] as [Int64] { _ = try replay.add(event("A", time, anonymousId: "x")) }
        _ = try replay.add(event("A", 9_000, anonymousId: "y"))
        #expect(id(replay.place(unordered: event("Late", 6_000, anonymousId: "y"))) == -1)
        #expect(id(replay.place(unordered: event("Late", 6_000, anonymousId: "x"))) == 5_000)
        #expect(id(replay.place(unordered: event("Late", 6_000, anonymousId: "z"))) == -1)
        var own = event("Late", 6_000, anonymousId: "x")
        own.integrations = ["Actions Amplitude": ["session_id": 5]]
        #expect(id(replay.place(unordered: own)) == 5, "an id that is there is kept")
    }

    @Test func knowsAThousandSessionsOfAStream() throws {
        var replay = SessionReplay(limit: .seconds(10))
        for index in 0..<5_000 { _ = try replay.add(event("A", Int64(index) * 20_000 + 1)) }
        for index in 3_999..<4_999 {
            let start = Int64(index) * 20_000 + 1
            #expect(id(replay.place(unordered: event("Late", start))) == start)
        }
        #expect(id(replay.place(unordered: event("Late", 1))) == -1)
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

    @Test func keepsAnIdThatIsWrittenAsAText() throws {
        var replay = SessionReplay(limit: .seconds(1_800))
        var event = Event(type: .track, timestamp: Timestamp(milliseconds: 1_700_000_000_000), anonymousId: "a")
        event.integrations = ["Actions Amplitude": ["session_id": "1600000000000"]]
        let last = try #require(try replay.add(event).last)
        #expect(last.integrations == ["Actions Amplitude": ["session_id": 1_600_000_000_000]])
    }
}
