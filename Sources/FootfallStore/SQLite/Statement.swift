// SPDX-License-Identifier: MIT
import CSQLite

/// A prepared statement, used many times: bind, step, reset.
package final class Statement {
    private let statement: OpaquePointer
    /// For the readers of numbers in StoredNumbers.swift.
    var handle: OpaquePointer { statement }
    /// Keeps the connection open while the statement exists.
    private let connection: Connection

    init(_ statement: OpaquePointer, of connection: Connection) {
        self.statement = statement
        self.connection = connection
    }

    deinit { sqlite3_finalize(statement) }

    @inline(__always)
    package func bind(_ index: Int32, _ value: Int64) { sqlite3_bind_int64(statement, index, value) }

    @inline(__always)
    package func bind(_ index: Int32, _ value: Int) { sqlite3_bind_int64(statement, index, Int64(value)) }

    package func bind(_ index: Int32, _ text: String?) {
        guard var text else {
            sqlite3_bind_null(statement, index)
            return
        }
        text.withUTF8 { utf8 in
            _ = utf8.withMemoryRebound(to: CChar.self) {
                ftf_sqlite3_bind_text_copied(statement, index, $0.baseAddress, Int32(clamping: $0.count))
            }
        }
    }

    package func bindNull(_ index: Int32) { sqlite3_bind_null(statement, index) }

    /// Binds bytes without copying them: they must stay in place until the reset.
    @inline(__always)
    package func bind(_ index: Int32, staying bytes: UnsafeBufferPointer<UInt8>) {
        _ = ftf_sqlite3_bind_blob_static(statement, index, bytes.baseAddress, Int32(clamping: bytes.count))
    }

    /// Whether the last step went past the last row.
    package private(set) var isAtEnd = false

    /// Goes to the next row. After the last row and after an error the statement is reset.
    ///
    /// - Returns: whether there is a row.
    @inline(__always)
    package func step() throws(StoreError) -> Bool {
        let code = sqlite3_step(statement)
        if code == SQLITE_ROW { return true }
        isAtEnd = code == SQLITE_DONE
        guard code == SQLITE_DONE else {
            let error = connection.error(code, String(cString: sqlite3_sql(statement)))
            sqlite3_reset(statement)
            throw error
        }
        sqlite3_reset(statement)
        return false
    }

    /// Runs a statement that returns no rows.
    @inline(__always)
    package func run() throws(StoreError) { _ = try step() }

    /// Binds the value of another statement's column.
    package func bind(_ index: Int32, from other: Statement, _ column: Int32) {
        sqlite3_bind_value(statement, index, sqlite3_column_value(other.statement, column))
    }

    @inline(__always)
    package func reset() { sqlite3_reset(statement) }

    package func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }

    /// Whether the value is stored as an integer, whatever type the table declares.
    func isInteger(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_INTEGER }

    /// Whether it is stored as a text.
    func isText(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_TEXT }

    package func text(_ column: Int32) -> String? {
        guard let bytes = sqlite3_column_text(statement, column) else { return nil }
        let count = Int(sqlite3_column_bytes(statement, column))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    /// The bytes of a column, valid until the next step or reset.
    @inline(__always)
    package func bytes(_ column: Int32) -> UnsafeBufferPointer<UInt8> {
        let base = sqlite3_column_blob(statement, column)?.assumingMemoryBound(to: UInt8.self)
        return UnsafeBufferPointer(start: base, count: Int(sqlite3_column_bytes(statement, column)))
    }
}

/// A statement that is prepared at its first use.
package struct LazyStatement {
    private let sql: String
    private var prepared: Statement?

    package init(_ sql: String) { self.sql = sql }

    package mutating func callAsFunction(_ connection: Connection) throws(StoreError) -> Statement {
        if let prepared { return prepared }
        let statement = try connection.prepare(sql)
        prepared = statement
        return statement
    }
}
