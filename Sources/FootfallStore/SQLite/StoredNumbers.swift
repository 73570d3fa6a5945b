// SPDX-License-Identifier: MIT
import CSQLite

/// Numbers of the store, as they come in: a file may hold anything, so each kind has
/// its bounds, and what is computed with them cannot overflow. Nothing else reads
/// integers (scripts/lint).
extension Statement {
    /// 2^53, as in JSON's numbers: hundreds of them added up are far from 2^63.
    package static let largest: Int64 = 1 << 53

    private func number(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    /// How many, or how far: 0 to 2^53.
    package func count(_ column: Int32) -> Int64 { min(max(number(column), 0), Self.largest) }

    /// A time, an offset or a whole number of SQLite's own: 2^53 at most to either side.
    package func integer(_ column: Int32) -> Int64 { min(max(number(column), -Self.largest), Self.largest) }

    /// The key of a row, unchanged: it is compared and bound, and nothing is computed
    /// with it.
    package func key(_ column: Int32) -> Int64 { number(column) }

    /// The bits of destinations; other bits have no meaning.
    package func routes(_ column: Int32) -> Int64 { number(column) & DestinationTable.allBits }

    package func flag(_ column: Int32) -> Bool { number(column) != 0 }
}
