// SPDX-License-Identifier: MIT
import FootfallStore
import TestSupport
import Testing

@Suite struct TablesTests {
    let directory = TemporaryDirectory()
    let store: Store

    init() throws { store = try Store(path: "\(directory.path)/store.db") }

    private func add(_ id: Int64, routes: Int64, priority: Int64 = 1, _ body: String? = nil) throws {
        try Array((body ?? "e\(id)").utf8).withUnsafeBufferPointer { (bytes) throws(StoreError) in
            try store.events.add(id: id, routes: routes, priority: priority, stored: 0, body: bytes)
        }
    }

    private func addVariant(of id: Int64, for destination: Int64, _ body: String) throws {
        try Array(body.utf8).withUnsafeBufferPointer { (bytes) throws(StoreError) in
            try store.events.addVariant(of: id, for: destination, body: bytes)
        }
    }

    private func read(_ destination: Int64, after position: Int64 = 0, limit: Int = 100) throws -> [String] {
        var found: [String] = []
        try store.events.forEach(for: destination, after: position, limit: limit) { _, body, _ in
            found.append(String(decoding: body, as: UTF8.self))
            return true
        }
        return found
    }

    private var ids: [Int64] {
        get throws {
            let statement = try store.connection.prepare("SELECT id FROM event ORDER BY id")
            var ids: [Int64] = []
            while try statement.step() { ids.append(statement.key(0)) }
            return ids
        }
    }

    private func count(_ table: String) throws -> Int64 {
        try store.connection.integer("SELECT count(*) FROM \(table)")
    }

    private func addDestinations() throws {
        try store.destinations.add(id: 0, name: "a", key: "a", position: 0)
        try store.destinations.add(id: 1, name: "b", key: "b", position: 0)
        try store.destinations.add(id: 61, name: "last", key: "last", position: 0)
    }

    // MARK: - Events

    @Test func givesEachDestinationItsEventsInOrder() throws {
        try add(1, routes: 0b11)
        try add(2, routes: 0b10)
        try add(3, routes: 0b01)
        try add(4, routes: 1 << 61 | 0b11)
        #expect(try read(0) == ["e1", "e3", "e4"])
        #expect(try read(1) == ["e1", "e2", "e4"])
        #expect(try read(61) == ["e4"])
        #expect(try read(2) == [])
        #expect(try read(0, after: 1) == ["e3", "e4"])
        #expect(try read(0, after: 1, limit: 1) == ["e3"])
        #expect(try store.events.queued(for: 0, after: 1) == 2)
        #expect(try store.events.queued(for: 61, after: 0) == 1)
    }

    @Test func stopsReadingWhenToldAndCanReadAgain() throws {
        for id in Int64(1)...5 { try add(id, routes: 1) }
        for _ in 0..<2 {
            var seen = 0
            try store.events.forEach(for: 0, after: 0, limit: 100) { _, _, _ in
                seen += 1
                return seen < 3
            }
            #expect(seen == 3)
        }
    }

    @Test func givesADestinationItsOwnVariant() throws {
        try add(1, routes: 0b11)
        try addVariant(of: 1, for: 1, "changed")
        #expect(try read(0) == ["e1"])
        #expect(try read(1) == ["changed"])
    }

    @Test func keepsARowUntilTheLastDestinationIsDone() throws {
        try addDestinations()
        for id in Int64(1)...4 { try add(id, routes: 1 << 61 | 0b11) }
        try add(5, routes: 0b01)

        try store.destinations.advance(0, to: 5, delivered: 5)
        #expect(try store.events.removeDone(after: 0, upTo: 5, destination: 0) == 1)
        #expect(try ids == [1, 2, 3, 4], "only the one that no other destination takes")

        try store.destinations.advance(1, to: 2, delivered: 2)
        #expect(try store.events.removeDone(after: 0, upTo: 2, destination: 1) == 0)

        try store.destinations.advance(61, to: 4, delivered: 4)
        #expect(try store.events.removeDone(after: 0, upTo: 4, destination: 61) == 2)
        #expect(try ids == [3, 4])

        try store.destinations.advance(1, to: 4, delivered: 2)
        #expect(try store.events.removeDone(after: 2, upTo: 4, destination: 1) == 2)
        #expect(try ids == [])
    }

    @Test func keepsARowThatIsADeadLetter() throws {
        try addDestinations()
        for id in Int64(1)...3 { try add(id, routes: 0b01) }
        try store.destinations.addDeadLetter(2, of: 0, reason: "bad", at: 5)
        try store.destinations.advance(0, to: 3, delivered: 2)
        #expect(try store.events.removeDone(after: 0, upTo: 3, destination: 0) == 2)
        #expect(try ids == [2])
        #expect(try store.destinations.row(0)?.deadLettered == 1)
    }

    @Test func removesVariantsWithWhatTheyBelongTo() throws {
        try addDestinations()
        for id in Int64(1)...3 {
            try add(id, routes: 0b11)
            try addVariant(of: id, for: 0, "a\(id)")
            try addVariant(of: id, for: 1, "b\(id)")
        }
        try store.destinations.advance(0, to: 2, delivered: 2)
        #expect(try store.events.removeDone(after: 0, upTo: 2, destination: 0) == 0)
        #expect(try count("variant") == 4)
        #expect(try read(0, after: 2) == ["a3"])
        #expect(try read(1) == ["b1", "b2", "b3"])

        try store.events.remove(3)
        #expect(try count("variant") == 2)
        try store.destinations.advance(1, to: 3, delivered: 3)
        _ = try store.events.removeDone(after: 0, upTo: 3, destination: 1)
        #expect(try count("variant") == 0)
        #expect(try count("event") == 0)
    }

    @Test func keepsTheVariantOfADeadLetter() throws {
        try addDestinations()
        for id in Int64(1)...2 {
            try add(id, routes: 0b01)
            try addVariant(of: id, for: 0, "a\(id)")
        }
        try store.destinations.addDeadLetter(1, of: 0, reason: "bad", at: 5)
        try store.destinations.advance(0, to: 2, delivered: 1)
        _ = try store.events.removeDone(after: 0, upTo: 2, destination: 0)
        #expect(try read(0).isEmpty, "it is not sent again")
        #expect(try store.destinations.deadLetters().map(\.body) == ["a1"])
        #expect(try count("variant") == 1)
    }

    @Test func givesUpTheOldestOfTheLowestPriorityFirst() throws {
        try add(1, routes: 1, priority: 2)
        try add(2, routes: 1, priority: 1)
        try add(3, routes: 1, priority: 0)
        try add(4, routes: 1, priority: 0)
        try add(5, routes: 1, priority: 1)
        #expect(try store.events.leastWanted(4).map(\.id) == [3, 4, 2, 5])
        #expect(try store.events.oldestID() == 1)
    }

    @Test func findsEventsThatNoDestinationClaimed() throws {
        try add(1, routes: 0)
        try add(2, routes: 1)
        try add(3, routes: 0)
        var found: [Int64] = []
        try store.events.forEachUnclaimed { (id, _) throws(StoreError) in found.append(id) }
        #expect(found == [1, 3])
        try store.events.setRoutes(1, of: 1)
        #expect(try read(0) == ["e1", "e2"])
    }

    // MARK: - The others

    @Test func routedIsTheSumOfDeliveredDroppedDeadLetteredAndQueued() throws {
        try addDestinations()
        try store.destinations.addRouted(10, to: 0)
        try store.destinations.addDropped(2, to: 0)
        try store.destinations.addDeadLetter(3, of: 0, reason: "bad", at: 1)
        try store.destinations.advance(0, to: 7, delivered: 4)
        let row = try #require(try store.destinations.row(0))
        #expect((row.routed, row.delivered, row.dropped, row.deadLettered) == (10, 4, 2, 1))
        #expect(row.queued == 3)
        #expect(row.position == 7)
        try store.destinations.advance(0, to: 5, delivered: 0)
        #expect(try store.destinations.row(0)?.position == 7, "it never goes back")
        #expect(try store.destinations.row(1)?.routed == 0)
        #expect(try store.destinations.row(9) == nil)
        #expect(try store.destinations.all().map(\.name) == ["a", "b", "last"])
    }

    @Test func keepsTheRetryStateAsText() throws {
        try addDestinations()
        #expect(try store.destinations.row(0)?.retry == nil)
        try store.destinations.setRetry("{}", of: 0)
        #expect(try store.destinations.row(0)?.retry == "{}")
        try store.destinations.setRetry(nil, of: 0)
        #expect(try store.destinations.row(0)?.retry == nil)
    }

    @Test func setsAndRemovesKeys() throws {
        #expect(try store.keyValue.text("k") == nil)
        try store.keyValue.set("k", "")
        #expect(try store.keyValue.text("k") == "")
        try store.keyValue.set("k", "täglich")
        #expect(try store.keyValue.text("k") == "täglich")
        try store.keyValue.set("k", nil)
        #expect(try store.keyValue.text("k") == nil)
    }

    @Test func aSpoolsMarkNeverGoesBack() throws {
        try store.spools.setLast(5, of: "s")
        try store.spools.setLast(3, of: "s")
        #expect(try store.spools.last(of: "s") == 5)
        try store.spools.remove("s")
        #expect(try store.spools.last(of: "s") == 0)
    }

    @Test func findsTheSessionThatCoversATime() throws {
        try store.sessions.record(id: 100, start: 100, last: 200)
        try store.sessions.record(id: 300, start: 300, last: 300)
        try store.sessions.record(id: 300, start: 300, last: 400)
        try store.sessions.record(id: 300, start: 300, last: 350)
        let expected: [(Int64, Int64?)] = [
            (99, nil), (100, 100), (200, 100), (201, nil), (299, nil), (300, 300), (400, 300), (401, nil),
        ]
        for (time, id) in expected { #expect(try store.sessions.id(covering: time) == id, "\(time)") }
    }

    @Test func forgetsAllButTheNewestSessions() throws {
        for id in Int64(1)...1_010 { try store.sessions.record(id: id * 10, start: id * 10, last: id * 10 + 5) }
        try store.sessions.removeOldest()
        #expect(try count("sessions") == Int64(SessionTable.kept))
        #expect(try store.sessions.id(covering: 100) == nil)
        #expect(try store.sessions.id(covering: 110) == 110)
    }

    @Test func givesSessionRequestsOnceAndInOrder() throws {
        try store.requests.add("flush")
        try store.requests.add("flush", argument: "segment")
        try store.requests.add("optOut", argument: "yes")
        #expect(try store.requests.pending() == 3)
        let taken = try store.requests.take { $0 != "segment" }
        #expect(taken.map(\.name) == ["flush", "optOut"])
        #expect(taken.map(\.argument) == [nil, "yes"])
        #expect(try store.requests.pending() == 1, "another process's stays")
        #expect(try store.requests.take { $0 == "segment" }.map(\.name) == ["flush"])
        #expect(try store.requests.take { _ in true }.isEmpty)
    }
}
