// SPDX-License-Identifier: MIT
import Footfall
import FootfallJSON

/// Stored events as a table for people.
struct EventsTable {
    /// Longer names and users are cut.
    private static let longest = (name: 26, user: 14)

    private let rows: [StoredEvents.Row]
    /// The destinations with a column; `nil` when they do not fit, and each row names its own.
    private let columns: [String]?

    /// Whether the columns are as wide in each table, since one is printed below the other.
    private let isContinued: Bool

    init(_ list: StoredEvents.List, isContinued: Bool = false, width: Int = Console.columns) {
        rows = list.rows
        self.isContinued = isContinued
        guard !isContinued else {
            columns = nil
            return
        }
        let columns = list.destinations.filter { name in
            list.rows.contains { $0.standings.contains { $0.destination.isIdentical(to: name) } }
        }
        let table = Self.table(list.rows, columns)
        self.columns = columns.isEmpty || (table.lines.map(\.count).max() ?? 0) > width ? nil : columns
    }

    func show(withHeader hasHeader: Bool = true) {
        for line in Self.table(rows, columns, isContinued: isContinued).lines.dropFirst(hasHeader ? 0 : 1) {
            Console.show(line)
        }
    }

    private static func table(
        _ rows: [StoredEvents.Row], _ columns: [String]?, isContinued: Bool = false
    ) -> Table {
        let widths = isContinued ? [6, 6, 8, 20, 14] : [0, 0, 0, 0, 0]
        let header = zip(["id", "age", "type", "event", "user"], widths).map { name, width in
            name + String(repeating: " ", count: max(width - name.count, 0))
        }
        var table = Table(header + (columns ?? ["waits for"]))
        for row in rows {
            var cells = [
                "\(row.id)", readable(seconds: row.age / 1_000), row.type,
                cut(row.name ?? "-", isContinued ? 20 : longest.name),
                user(row),
            ]
            if let columns {
                cells += columns.map { name in
                    row.standings.first { $0.destination.isIdentical(to: name) }?.status.word ?? "-"
                }
            } else {
                cells.append(others(row))
            }
            table.add(cells)
        }
        return table
    }

    /// The destinations of a row, in one cell.
    private static func others(_ row: StoredEvents.Row) -> String {
        guard !row.standings.isEmpty else { return "the first destination" }
        let waiting = row.standings.filter { $0.status != .done }.map { standing in
            standing.status == .queued ? standing.destination : "\(standing.destination) (\(standing.status.word))"
        }
        return waiting.joined(separator: ", ")
    }

    private static func user(_ row: StoredEvents.Row) -> String {
        if let user = row.userId { return cut(user, longest.user) }
        return row.anonymousId.map { "anon \(cut($0, 9))" } ?? "-"
    }

    private static func cut(_ text: String, _ count: Int) -> String {
        let text = ShownText.line(text)
        return text.count > count ? "\(text.prefix(count - 1))…" : text
    }
}

extension StoredEvents.Status {
    /// For people.
    var word: String {
        switch self {
        case .queued: "queued"
        case .tried: "retry"
        case .dead: "dead"
        case .done: "done"
        }
    }
}

/// One stored event for people.
struct EventView {
    private let event: StoredEvents.Detail

    init(_ event: StoredEvents.Detail) { self.event = event }

    func show() {
        let row = event.row
        Console.show(facts(row))
        var groups: [(names: [String], body: String)] = []
        for (name, body) in event.bodies {
            if let index = groups.firstIndex(where: { $0.body.isIdentical(to: body) }) {
                groups[index].names.append(name)
            } else {
                groups.append(([name], body))
            }
        }
        if groups.isEmpty { groups = [(["the first destination"], event.body)] }
        for (names, body) in groups {
            Console.show("")
            Console.show("\(names.joined(separator: ", ")):")
            // A damaged body is shown as it is.
            guard let value = try? JSONParser.parse(body) else {
                Console.show(body)
                continue
            }
            for line in IndentedJSON(value).lines { Console.show(line) }
        }
    }

    private func facts(_ row: StoredEvents.Row) -> [LabelledText] {
        let name = row.name.map { " \($0)" } ?? ""
        var facts = [
            LabelledText("event", "\(row.id), \(row.type)\(name)"),
            LabelledText("time", row.timestamp?.description ?? "none"),
            LabelledText("waits", "for \(readable(seconds: row.age / 1_000))"),
            LabelledText("user", row.userId ?? row.anonymousId ?? "none"),
        ]
        facts += row.standings.map { standing in
            let reason = standing.reason.map { ": \($0)" } ?? ""
            let text =
                switch standing.status {
                case .queued: "\(standing.destination): it waits"
                case .tried: "\(standing.destination): it waits, and was tried"
                case .dead:
                    "\(standing.destination): refused at \(standing.at?.description ?? "an unknown time")\(reason)"
                case .done: "\(standing.destination): done"
                }
            return LabelledText("for", text)
        }
        return facts
    }
}
