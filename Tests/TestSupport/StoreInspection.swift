// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore

/// Looks at a store from outside, over a connection of its own.
package func inspect<R>(_ directory: String, _ body: (Store) throws -> R) throws -> R {
    try body(try Store(path: StateDirectory(path: directory).database))
}

/// Looks at a store from outside, over a connection of its own.
package func inspect<R>(_ directory: TemporaryDirectory, _ body: (Store) throws -> R) throws -> R {
    try inspect(directory.path, body)
}

/// Whether each destination has its events accounted for, by counting the rows.
///
/// The law is: routed = delivered + dropped + dead-lettered + queued.
package func lawHolds(_ directory: String) throws -> Bool { try inspect(directory) { try lawHolds($0) } }

/// Whether each destination has its events accounted for, by counting the rows.
package func lawHolds(_ directory: TemporaryDirectory) throws -> Bool { try lawHolds(directory.path) }

/// Whether each destination of an open store has its events accounted for.
package func lawHolds(_ store: Store) throws -> Bool {
    let rows = try store.connection.integer("SELECT count(*) FROM event")
    guard try store.counters.value(CounterTable.rows) == rows else { return false }
    return try store.destinations.all().allSatisfy { row in
        let letters = try store.connection.integer(
            "SELECT count(*) FROM exception WHERE destination = \(row.id) AND kind = \(DestinationTable.deadLetter)")
        return try row.queued == store.events.queued(for: row.id, after: row.position)
            && row.deadLettered == letters
    }
}

/// The events that a store has, in order; one that is no JSON object is an error.
package func storedEvents(_ directory: TemporaryDirectory) throws -> [JSONObject] { try storedEvents(directory.path) }

/// The events that a store has, in order; one that is no JSON object is an error.
package func storedEvents(_ directory: String) throws -> [JSONObject] {
    var texts: [String] = []
    try inspect(directory) { store in
        try store.events.forEachUnclaimed { (_, body) throws(StoreError) in
            texts.append(String(decoding: body, as: UTF8.self))
        }
    }
    return try texts.map { text in
        guard let object = try JSONParser.parse(text).objectValue else { throw NoObject(text: text) }
        return object
    }
}

/// Text that should have been a JSON object.
package struct NoObject: Error {
    package let text: String
}
