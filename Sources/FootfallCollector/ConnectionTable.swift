// SPDX-License-Identifier: MIT

/// The open connections. Decides which of them must be closed; the caller closes them.
///
/// It keeps room for other programs when one opens hundreds of connections and sends
/// nothing on them.
struct ConnectionTable {
    /// A connection of libmicrohttpd, as a number: pointers are not sendable.
    typealias ID = UInt

    private struct Connection {
        let descriptor: Int32
        /// When the current wait for the client began, in nanoseconds since boot.
        var since: Int64
        /// How long that wait may last, in nanoseconds; `nil` while an answer is sent.
        var limit: Int64?
        /// Bytes that are kept of an unfinished body.
        var bytes = 0
        var isClosing = false
    }

    private var connections: [ID: Connection] = [:]
    private(set) var bytes = 0
    private let room: Int
    private let byteLimit: Int
    private let deadline: Int64
    private let idleTime: Int64

    /// - Parameters:
    ///   - room: How many connections may be open.
    ///   - byteLimit: How many bytes of unfinished bodies may be kept over all connections.
    ///   - deadline: How long a request may take to arrive, in nanoseconds.
    ///   - idleTime: How long a connection may wait between two requests, in nanoseconds.
    init(room: Int, byteLimit: Int, deadline: Int64, idleTime: Int64) {
        self.room = room
        self.byteLimit = byteLimit
        self.deadline = deadline
        self.idleTime = idleTime
    }

    var isEmpty: Bool { connections.isEmpty }

    /// Adds a connection.
    ///
    /// - Returns: The socket to close when there is no room for it: that of the connection
    ///   that has waited longest.
    mutating func open(_ id: ID, _ descriptor: Int32, at now: Int64) -> Int32? {
        connections[id] = Connection(descriptor: descriptor, since: now, limit: deadline)
        let open = connections.values.count { !$0.isClosing }
        return open > room ? giveUp(oldest { $0 != id }) : nil
    }

    mutating func close(_ id: ID) {
        guard let connection = connections.removeValue(forKey: id) else { return }
        bytes -= connection.bytes
    }

    /// The head of a request has arrived. The deadline starts again for its body.
    mutating func begin(_ id: ID, at now: Int64) {
        connections[id]?.since = now
        connections[id]?.limit = deadline
    }

    /// `count` bytes of a body have arrived.
    ///
    /// - Returns: Whether they may be kept, and the sockets to close to make room for them.
    mutating func receive(_ count: Int, _ id: ID) -> (isKept: Bool, closing: [Int32]) {
        guard var connection = connections[id], !connection.isClosing else { return (false, []) }
        connection.bytes += count
        bytes += count
        connections[id] = connection
        var closing: [Int32] = []
        while bytes > byteLimit {
            guard let descriptor = giveUp(oldest({ $0 != id }, isHolding: true)) else { break }
            closing.append(descriptor)
        }
        return (bytes <= byteLimit, closing)
    }

    /// The request has arrived completely.
    mutating func answer(_ id: ID) { connections[id]?.limit = nil }

    /// The request has ended. Another may follow.
    mutating func end(_ id: ID, at now: Int64) {
        guard var connection = connections[id] else { return }
        bytes -= connection.bytes
        connection.bytes = 0
        connection.since = now
        // Waiting for the next request and for the rest of its head cannot be told apart.
        connection.limit = idleTime + deadline
        connections[id] = connection
    }

    /// The sockets of the connections that took too long.
    mutating func overdue(at now: Int64) -> [Int32] {
        let late = connections.filter { _, connection in
            guard let limit = connection.limit else { return false }
            return now - connection.since >= limit
        }
        return late.keys.compactMap { giveUp($0) }
    }

    /// The candidate that has waited longest, among the connections that wait for their client.
    private func oldest(_ isCandidate: (ID) -> Bool, isHolding: Bool = false) -> ID? {
        var found: (id: ID, since: Int64)?
        for (id, connection) in connections
        where connection.limit != nil && !connection.isClosing && (!isHolding || connection.bytes > 0)
            && isCandidate(id) && connection.since < found?.since ?? .max
        {
            found = (id, connection.since)
        }
        return found?.id
    }

    /// Marks a connection as closing and returns its socket. Its bytes no longer count, because
    /// closing the socket frees them.
    private mutating func giveUp(_ id: ID?) -> Int32? {
        guard let id, var connection = connections[id], !connection.isClosing else { return nil }
        connection.isClosing = true
        bytes -= connection.bytes
        connection.bytes = 0
        connections[id] = connection
        return connection.descriptor
    }
}
