// SPDX-License-Identifier: MIT

/// What tells deletion requests from events: both are rows of `event`.
package enum DeletionMark {
    /// The `priority` of a deletion request. Events have 0 to 2, so a full store drops
    /// requests last.
    package static let priority: Int64 = 3

    /// The SQL condition that a row of `event` is a deletion request.
    ///
    /// Earlier versions stored requests with the priority of an identify, and one may
    /// still run on the same store. Their rows begin with the type, as all do, and have
    /// no `integrations`, which every event has. Quotes inside a value are escaped, so
    /// no value contains what is searched for. A row of priority 3 must begin so as well: a
    /// damaged store may have any priority.
    ///
    /// - Parameter table: `event`, or its alias in the statement.
    static func condition(_ table: String = "event") -> String {
        // CASE is lazy: in a result column AND and OR would read each body whole.
        let hasType = "substr(CAST(\(table).body AS BLOB), 1, 16) = CAST('{\"type\":\"delete\"' AS BLOB)"
        return """
            CASE \(table).priority WHEN \(priority) THEN \(hasType) WHEN 2 THEN
            CASE WHEN \(hasType) THEN instr(CAST(\(table).body AS BLOB), CAST(',"integrations":{' AS BLOB)) = 0 ELSE 0 END
            ELSE 0 END
            """
    }
}
