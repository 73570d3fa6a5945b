// SPDX-License-Identifier: MIT
import FootfallStore

/// The destinations that take an event: the column `routes` of the table `event`, with
/// one bit for each row of the table `destination`.
struct Routes: Sendable, Equatable {
    private(set) var bits: Int64

    init(bits: Int64 = 0) { self.bits = bits }

    /// The destinations among `rows` that take an event with these `integrations`.
    static func routes(for integrations: JSONObject, among rows: [DestinationRow]) -> Routes {
        var routes = Routes()
        for row in rows where Event.isRouted(integrations, to: row.key) { routes.insert(row.id) }
        return routes
    }

    var isEmpty: Bool { bits == 0 }

    mutating func insert(_ id: Int64) { bits |= 1 << id }

    mutating func remove(_ id: Int64) { bits &= ~(1 << id) }

    func contains(_ id: Int64) -> Bool { bits >> id & 1 == 1 }

    /// Moves bits whose destination has another row now. A destination without a row
    /// (`nil`) loses its bit.
    mutating func replace(_ moves: [(from: Int64, to: Int64?)]) {
        let old = self
        for move in moves { bits &= ~(1 << move.from) }
        for move in moves where old.contains(move.from) { if let to = move.to { insert(to) } }
    }

    /// Calls `body` with the id of each destination.
    func forEach(_ body: (Int64) -> Void) {
        var rest = bits & DestinationTable.allBits
        while rest != 0 {
            body(Int64(rest.trailingZeroBitCount))
            rest &= rest - 1
        }
    }
}
