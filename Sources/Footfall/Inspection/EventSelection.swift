// SPDX-License-Identifier: MIT
import FootfallStore

/// Chooses events of an open store for ``StoredEvents``.
struct EventSelection {
    private let listing: EventListing
    private let destinations: [DestinationRow]
    private let ages: EventAges
    private let choice: StoredEvents.Choice

    init(_ store: Store, _ clock: SystemClock, _ choice: StoredEvents.Choice) throws(StoreError) {
        listing = EventListing(store)
        destinations = try store.destinations.all()
        let clocks = ClockStateMachine(notBefore: clock.notBefore, rows: try store.clocks.all())
        ages = try EventAges(store, clocks, now: clock.moment)
        self.choice = choice
    }

    /// The bits of the destinations that are asked for; 0 for all.
    private var routes: Int64 {
        guard let name = choice.destination else { return 0 }
        return destinations.reduce(0) { $1.name.isIdentical(to: name) ? $0 | 1 << $1.id : $0 }
    }

    func list() throws(StoreError) -> StoredEvents.List {
        var list = StoredEvents.List()
        list.last = try listing.lastID()
        list.destinations = destinations.map(\.name)
        guard choice.destination == nil || routes != 0 else { return list }
        // What lies below the position of the destination that is asked for is done or refused.
        let floor = destinations.first { routes >> $0.id & 1 == 1 }?.position ?? 0
        if choice.choosesNewest {
            if choice.status != .dead, try !addWaiting(above: floor, to: &list) { return inOrder(list) }
            if choice.status == .dead || floor > 0 { try addDeadLetters(below: floor, to: &list) }
            return inOrder(list)
        }
        if choice.status == .dead || choice.status == nil && floor > 0 {
            guard try addDeadLetters(below: floor, to: &list) else { return list }
        }
        if choice.status != .dead { _ = try addWaiting(above: floor, to: &list) }
        return list
    }

    private func inOrder(_ list: StoredEvents.List) -> StoredEvents.List {
        var list = list
        list.rows.reverse()
        return list
    }

    /// - Returns: whether another event may follow.
    private func addWaiting(above floor: Int64, to list: inout StoredEvents.List) throws(StoreError) -> Bool {
        var goesOn = true
        try listing.forEach(
            after: max(choice.after, floor), routes: routes, newestFirst: choice.choosesNewest
        ) { (row) throws(StoreError) in
            goesOn = try add(row, to: &list)
            return goesOn
        }
        return goesOn
    }

    /// Dead letters may lie far apart, so they are not looked for row by row.
    ///
    /// - Parameter floor: Only up to this one, where those behind it are found among the events that wait.
    /// - Returns: whether another event may follow.
    @discardableResult
    private func addDeadLetters(below floor: Int64, to list: inout StoredEvents.List) throws(StoreError) -> Bool {
        let ids = try listing.deadLetters(after: choice.after, routes: routes)
            .filter { choice.status == .dead || $0 <= floor }
        for id in choice.choosesNewest ? ids.reversed() : ids {
            guard let row = try listing.row(id) else { continue }
            guard try add(row, to: &list) else { return false }
        }
        return true
    }

    /// - Returns: whether another may follow.
    private func add(_ row: EventListing.Row, to list: inout StoredEvents.List) throws(StoreError) -> Bool {
        let standings = try self.standings(of: row)
        guard isWanted(standings) else { return true }
        let shown = self.shown(row, standings)
        if let longest = choice.longestAge, shown.age > longest {
            // Behind the newest that is too old, others may be newer only where callers gave the times.
            return !choice.choosesNewest
        }
        guard list.rows.count < choice.limit else {
            list.isCut = true
            return false
        }
        list.rows.append(shown)
        return true
    }

    private func isWanted(_ standings: [StoredEvents.Standing]) -> Bool {
        // Before the first destination is configured, events wait for it.
        guard !standings.isEmpty else { return choice.status != .dead && choice.destination == nil }
        return standings.contains { standing in
            guard choice.destination?.isIdentical(to: standing.destination) ?? true else { return false }
            return switch standing.status {
            case .queued, .tried: choice.status != .dead
            case .dead: choice.status != .queued
            case .done: false
            }
        }
    }

    private func standings(of row: EventListing.Row) throws(StoreError) -> [StoredEvents.Standing] {
        var standings: [StoredEvents.Standing] = []
        for destination in destinations where row.routes >> destination.id & 1 == 1 {
            standings.append(try standing(of: row.id, at: destination))
        }
        return standings
    }

    private func standing(
        of event: Int64, at destination: DestinationRow
    ) throws(StoreError) -> StoredEvents.Standing {
        var standing = StoredEvents.Standing(destination: destination.name, status: .queued)
        if let aside = try listing.aside(event, at: destination.id) {
            standing.status = aside.kind == DestinationTable.deadLetter ? .dead : .done
            guard standing.status == .dead else { return standing }
            standing.reason = aside.reason
            standing.at = Timestamp(milliseconds: aside.at)
        } else if event <= destination.position {
            standing.status = .done
        } else if event <= destination.attempted {
            standing.status = .tried
        }
        return standing
    }

    private func shown(_ row: EventListing.Row, _ standings: [StoredEvents.Standing]) -> StoredEvents.Row {
        // A body that cannot be read is shown without a name.
        let object = row.body.withUnsafeBufferPointer { (try? JSONParser.parse($0))?.objectValue } ?? [:]
        let timestamp = object["timestamp"]?.stringValue.flatMap { Timestamp($0) }
        return StoredEvents.Row(
            id: row.id, type: object["type"]?.stringValue ?? "",
            name: (object["event"] ?? object["name"])?.stringValue, userId: object["userId"]?.stringValue,
            anonymousId: object["anonymousId"]?.stringValue, messageId: object["messageId"]?.stringValue,
            timestamp: timestamp, age: ages.age(of: row, timestamp: timestamp), standings: standings)
    }

    func event(_ id: Int64, metadata: [String]) throws(StoreError) -> StoredEvents.Detail? {
        guard let row = try listing.row(id) else { return nil }
        let standings = try self.standings(of: row)
        let variants = try listing.variants(of: id)
        let keys = destinations.map(\.key)
        let shown = self.shown(row, standings)
        var bodies: [(destination: String, body: String)] = []
        for destination in destinations where row.routes >> destination.id & 1 == 1 {
            var body = variants[destination.id] ?? row.body
            if shown.type != "delete", metadata.contains(where: destination.name.isIdentical),
                let metadata = EventMetadata(for: destination.key, among: keys),
                let ending = body.withUnsafeBufferPointer(metadata.ending)
            {
                body = Array(body.dropLast()) + ending
            }
            bodies.append((destination.name, String(decoding: body, as: UTF8.self)))
        }
        return StoredEvents.Detail(
            row: shown, bodies: bodies, body: String(decoding: row.body, as: UTF8.self))
    }
}
