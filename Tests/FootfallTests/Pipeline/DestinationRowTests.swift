// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

/// A store has room for 62 destinations at a time, and for any number in its life.
@Suite struct DestinationRowTests {
    let directory = TemporaryDirectory()
    private static let room = DestinationTable.maximumCount

    /// A store whose bits are all used; of all destinations `old0` had its last event first.
    private func fill(_ change: (Store) throws(StoreError) -> Void = { _ in }) throws {
        try StateDirectory(path: directory.path).create()
        try inspect(directory) { store in
            try store.transaction { (_) throws(StoreError) in
                for id in 0..<Int64(Self.room) {
                    try store.destinations.add(id: id, name: "old\(id)", key: "old\(id)", position: 100 + id)
                    try store.destinations.addRouted(5, to: id)
                    try store.destinations.advance(id, to: 0, delivered: 4)
                    try store.destinations.addDropped(1, to: id)
                }
                try store.counters.add(200, to: CounterTable.nextEvent)
                try change(store)
            }
        }
    }

    private func names() throws -> Set<String> {
        Set(try inspect(directory) { try $0.destinations.all().map(\.name) })
    }

    private func deliver(_ name: String, _ event: String = "event") throws -> (names: [String], errors: [String]) {
        let errors = Guarded<[String]>([])
        let delivery = RecordingDelivery()
        let analytics = Analytics(
            configuration: .test(directory).errorHandler { error in errors.read { $0.append("\(error)") } })
        analytics.add(plugin: RecordingDestination(name: name, delivery))
        analytics.track(name: event)
        _ = analytics.flush(timeout: .seconds(10))
        #expect(analytics.close())
        return (delivery.names, errors.current)
    }

    @Test func aBitIsUsedAgainWhenAllAreTaken() throws {
        try fill()
        let (delivered, errors) = try deliver("new")
        #expect(delivered == ["event"] && errors.isEmpty, "\(errors)")
        #expect(try !names().contains("old0") && names().contains("new") && names().count == Self.room)
        let status = try StoreStatus(.test(directory))
        #expect(status.removed == (routed: 5, delivered: 4, dropped: 1))
        #expect(try lawHolds(directory))
    }

    @Test func whatHasEventsOrDeadLettersOrADelivererStays() throws {
        try fill { (store) throws(StoreError) in
            let body = Array("{}".utf8)
            for id: Int64 in [150, 151] {
                try body.withUnsafeBufferPointer { (bytes) throws(StoreError) in
                    try store.events.add(id: id, routes: id == 150 ? 1 : 2, priority: 1, stored: 0, body: bytes)
                }
            }
            try store.counters.add(2, to: CounterTable.rows)
            for id: Int64 in [0, 1] { try store.destinations.addRouted(1, to: id) }
            try store.destinations.addDeadLetter(151, of: 1, reason: "bad", at: 1)
        }
        let lock = open(StateDirectory(path: directory.path).uploaderLock("old2"), O_RDWR | O_CREAT, 0o600)
        #expect(ftf_lock_description(lock) == 0)
        defer { close(lock) }
        #expect(try deliver("new").names == ["event"])
        #expect(try !names().contains("old3") && names().isSuperset(of: ["old0", "old1", "old2"]))
        #expect(try lawHolds(directory))
    }

    @Test func eventsWaitWhileAnotherProcessHasTheStoreOpen() throws {
        try fill()
        let clock = TestClock()
        let errors = Guarded<[String]>([])
        let delivery = RecordingDelivery()
        let analytics = Analytics(
            configuration: .test(directory, clock).errorHandler { error in errors.read { $0.append("\(error)") } })
        do {
            let other = try StoreLock(sharing: StateDirectory(path: directory.path).storeLock)
            defer { withExtendedLifetime(other) {} }
            analytics.add(plugin: RecordingDestination(name: "new", delivery))
            analytics.track(name: "early")
            #expect(analytics.store(timeout: .seconds(10)) == nil)
            #expect(errors.current.contains { $0.contains("another process has the store open") }, "\(errors.current)")
            #expect(try names().count == Self.room && !names().contains("new"))
        }
        clock.advance(.seconds(11))
        analytics.track(name: "late")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(delivery.names == ["early", "late"])
        #expect(try lawHolds(directory))
        #expect(analytics.close())
    }

    @Test func eventsWaitForADestinationThatIsAddedBeforeTheNextTry() throws {
        try fill()
        let clock = TestClock()
        let (there, first, second) = (RecordingDelivery(), RecordingDelivery(), RecordingDelivery())
        let analytics = Analytics(configuration: .test(directory, clock))
        func track(for name: String) {
            analytics.track(
                name: "for \(name)", options: CallOptions(integrations: ["All": false, name: true]))
        }
        analytics.add(plugin: RecordingDestination(name: "old61", there))
        do {
            let other = try StoreLock(sharing: StateDirectory(path: directory.path).storeLock)
            defer { withExtendedLifetime(other) {} }
            analytics.add(plugin: RecordingDestination(name: "first", first))
            track(for: "first")
            #expect(analytics.store(timeout: .seconds(10)) == nil)
            // The store is not closed again so soon.
            analytics.add(plugin: RecordingDestination(name: "second", second))
            track(for: "second")
            let problems = analytics.flush(timeout: .seconds(10)).problems
            #expect(problems == ["first", "second"].map { "\($0): it has no place in the store yet" }, "\(problems)")
            #expect(try names().isDisjoint(with: ["first", "second"]))
        }
        clock.advance(.seconds(11))
        analytics.track(name: "late")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(there.names == ["late"])
        #expect(first.names == ["for first", "late"])
        #expect(second.names == ["for second", "late"])
        #expect(try lawHolds(directory))
        #expect(analytics.close())
    }

    @Test func aStoreFullOfBusyDestinationsSaysWhatToDo() throws {
        try fill { (store) throws(StoreError) in
            for id in 0..<Int64(Self.room) { try store.destinations.addRouted(1, to: id) }
        }
        let (delivered, errors) = try deliver("new")
        #expect(delivered.isEmpty && errors.contains { $0.contains("footfall destinations drop NAME") }, "\(errors)")
        #expect(try names().count == Self.room)
    }

    @Test func aDroppedDestinationIsMadeAnewByAProgramThatHasIt() throws {
        let delivery = RecordingDelivery()
        let analytics = Analytics(configuration: .test(directory).delivers(false))
        analytics.add(plugin: RecordingDestination(name: "a", delivery))
        analytics.track(name: "before")
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        #expect(try StoredDestinations(.test(directory)).drop("a").queued == 1)
        #expect(try names().isEmpty)
        // A bit that a program may still use is not given to another destination.
        #expect(try deliver("b", "other").names == ["other"])
        analytics.track(name: "after")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(delivery.names == ["after"])
        let rows = try inspect(directory) { try $0.destinations.all() }
        #expect(rows.map(\.name).sorted() == ["a", "b"] && !rows.contains { $0.id == 0 }, "\(rows)")
        #expect(try lawHolds(directory))
        let removed = try StoreStatus(.test(directory)).removed
        #expect(removed == (routed: 1, delivered: 0, dropped: 1))
        #expect(analytics.close())
    }

    @Test func aBitThatIsAnothersByNowTakesNothingOfTheOld() throws {
        let delivery = RecordingDelivery()
        let analytics = Analytics(configuration: .test(directory).delivers(false))
        analytics.add(plugin: RecordingDestination(name: "a", delivery))
        analytics.track(name: "before")
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        // Another process does so when all bits are used, and this process has forked, for example.
        try inspect(directory) { store in
            try store.transaction { (_) throws(StoreError) in
                guard let row = try store.destinations.row(0) else { return }
                _ = try store.removeDestination(row)
                #expect(try store.releaseBits(1) { _ in false } == 1)
                try store.destinations.add(id: 0, name: "b", key: "b", position: 1)
            }
        }
        for number in 0..<3 { analytics.track(name: "after\(number)") }
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(delivery.names == ["after0", "after1", "after2"])
        let rows = try inspect(directory) { try $0.destinations.all() }
        #expect(rows.first { $0.name == "b" }?.routed == 0 && rows.first { $0.name == "a" }?.id == 1, "\(rows)")
        #expect(try lawHolds(directory))
        #expect(analytics.close())
    }

    @Test func aDestinationThatAProcessDeliversToIsNotDropped() throws {
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: RecordingDestination(name: "a"))
        analytics.track(name: "event")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        let error = #expect(throws: FootfallError.self) { try StoredDestinations(.test(directory)).drop("a") }
        #expect(error?.message.contains("process \(getpid()) delivers to a") == true)
        #expect(throws: FootfallError.self) { try StoredDestinations(.test(directory)).drop("none") }
        #expect(analytics.close())
    }

    @Test func oneDestinationTooManyIsAnError() throws {
        let errors = Guarded<[FootfallError]>([])
        let deliveries = (0...Self.room).map { _ in RecordingDelivery() }
        let analytics = Analytics(
            configuration: .test(directory).errorHandler { error in errors.read { $0.append(error) } })
        for (number, delivery) in deliveries.enumerated() {
            analytics.add(plugin: RecordingDestination(name: "d\(number)", delivery))
        }
        analytics.track(name: "event")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(deliveries.map(\.names.count) == Array(repeating: 1, count: Self.room) + [0])
        #expect(errors.current.map(\.code) == [.invalidConfiguration], "\(errors.current)")
        #expect(errors.current.first?.message.contains("d\(Self.room) is one too many") == true)
        #expect(analytics.close())
    }

    @Test func eachOfManyNamesInAStoresLifeGetsItsEvents() throws {
        for number in 0..<(Self.room + 20) {
            let (delivered, errors) = try deliver("name\(number)", "event\(number)")
            #expect(delivered == ["event\(number)"] && errors.isEmpty, "\(number): \(errors)")
        }
        #expect(try lawHolds(directory))
        let status = try StoreStatus(.test(directory))
        #expect(status.removed == (routed: 20, delivered: 20, dropped: 0))
        #expect(status.delivered == Int64(Self.room + 20))
    }
}
