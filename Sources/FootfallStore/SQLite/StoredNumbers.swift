// SPDX-License-Identifier: MIT
import CSQLite

/// Readers of integers. A file may contain any number, so each kind of number is held
/// inside its bounds, and computing with it cannot overflow. All integers are read here
/// (scripts/lint checks it).
extension Statement {
    /// 2^53, the largest integer that JSON programs agree on. The sum of hundreds of them
    /// is far below 2^63.
    package static let largest: Int64 = 1 << 53

    private func number(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    /// A count or a position: 0 to 2^53.
    package func count(_ column: Int32) -> Int64 { min(max(number(column), 0), Self.largest) }

    /// A time, an offset or a result of SQLite: −2^53 to 2^53.
    package func integer(_ column: Int32) -> Int64 { min(max(number(column), -Self.largest), Self.largest) }

    /// The key of a row, unchanged: it is only compared and bound.
    package func key(_ column: Int32) -> Int64 { number(column) }

    /// The bits of destinations; all other bits are cleared.
    package func routes(_ column: Int32) -> Int64 { number(column) & DestinationTable.allBits }

    package func flag(_ column: Int32) -> Bool { number(column) != 0 }
}
