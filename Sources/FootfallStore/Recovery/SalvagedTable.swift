// SPDX-License-Identifier: MIT

/// A table of a damaged database, and the values that its columns may have: damage can
/// produce numbers that no program ever stored.
struct SalvagedTable {
    enum Column {
        case number(String, ClosedRange<Int64>)
        case text(String)
        /// A text that may be missing, or a body.
        case anything(String)

        var name: String {
            switch self {
            case .number(let name, _), .text(let name), .anything(let name): name
            }
        }
    }

    let name: String
    let columns: [Column]

    /// The columns, as SQL lists them.
    var list: String { columns.map(\.name).joined(separator: ", ") }

    /// Whether a row, as ``list`` selects it, can belong to this table.
    func accepts(_ row: Statement) -> Bool {
        for (index, column) in columns.enumerated() {
            let place = Int32(index)
            switch column {
            case .number(_, let range): guard row.isInteger(place), range ~= row.key(place) else { return false }
            case .text: guard row.isText(place) else { return false }
            case .anything: break
            }
        }
        return true
    }

    /// Above any count, id or time in milliseconds.
    private static let most = Statement.largest
    private static let count = 0...most
    private static let time = -most...most
    private static let bit = 0...Int64(DestinationTable.maximumCount - 1)

    static let small = [
        SalvagedTable(name: "kv", columns: [.text("key"), .anything("value")]),
        SalvagedTable(name: "counter", columns: [.text("name"), .number("value", count)]),
        SalvagedTable(name: "spool", columns: [.text("id"), .number("last", count)]),
        SalvagedTable(
            name: "destination",
            columns: [
                .number("id", bit), .text("name"), .text("key"), .number("position", count), .number("routed", count),
                .number("delivered", count), .number("dropped", count), .number("dead_lettered", count),
                .number("attempted", count), .anything("retry"),
            ]),
        SalvagedTable(
            name: "sessions",
            columns: [
                .number("id", time), .number("start", time), .number("last", time), .number("clock", count),
                .number("event", count),
            ]),
        SalvagedTable(
            name: "clock",
            columns: [
                .number("id", count), .text("boot"), .number("offset", time), .number("plausible", 0...1),
                .anything("truth"),
            ]),
        SalvagedTable(
            name: "exception",
            columns: [
                .number("destination", bit), .number("event", count),
                .number("kind", DestinationTable.deadLetter...DestinationTable.done), .anything("reason"),
                .number("at", time),
            ]),
        SalvagedTable(
            name: "variant", columns: [.number("event", count), .number("destination", bit), .anything("body")]),
    ]

    static let events = SalvagedTable(
        name: "event",
        columns: [
            .number("id", count), .number("routes", 0...Int64.max), .number("priority", time), .number("stored", time),
            .number("clock", count), .anything("body"),
        ])
}
