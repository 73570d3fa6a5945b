// SPDX-License-Identifier: MIT

/// Requests of other processes to the one that delivers. A process adds a row here and
/// touches the wake file.
package final class RequestTable {
    private let connection: Connection
    private var insert = LazyStatement("INSERT INTO request (name, argument) VALUES (?1, ?2)")
    private var select = LazyStatement("SELECT id, name, argument FROM request ORDER BY id")
    private var delete = LazyStatement("DELETE FROM request WHERE id = ?1")
    private var count = LazyStatement("SELECT count(*) FROM request")

    init(_ connection: Connection) { self.connection = connection }

    package func add(_ name: String, argument: String? = nil) throws(StoreError) {
        let statement = try insert(connection)
        statement.bind(1, name)
        statement.bind(2, argument)
        try statement.run()
    }

    /// Removes and returns the requests whose argument is wanted. Inside a transaction.
    package func take(
        _ isWanted: (_ argument: String?) -> Bool
    ) throws(StoreError) -> [(name: String, argument: String?)] {
        let statement = try select(connection)
        var requests: [(id: Int64, name: String, argument: String?)] = []
        while try statement.step() {
            requests.append((statement.key(0), statement.text(1) ?? "", statement.text(2)))
        }
        requests.removeAll { !isWanted($0.argument) }
        let removal = try delete(connection)
        for request in requests {
            removal.bind(1, request.id)
            try removal.run()
        }
        return requests.map { ($0.name, $0.argument) }
    }

    package func pending() throws(StoreError) -> Int {
        let statement = try count(connection)
        defer { statement.reset() }
        return try statement.step() ? Int(statement.count(0)) : 0
    }
}
