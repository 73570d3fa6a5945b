// SPDX-License-Identifier: MIT

/// What is known of each open connection, and which of them must go.
///
/// Only decides: the caller closes them. One program on this machine may open
/// hundreds and send nothing on them; other programs must be served all the same.
struct ConnectionTable {
    /// A connection of libmicrohttpd, as a number: pointers are not sendable.
    typealias ID = UInt

    private struct Connection {
        let descriptor: Int32
        /// When the wait for what comes next began, in nanoseconds since boot.
        var since: Int64
        /// How long it may last; `nil` while an answer is on its way.
        var limit: Int64?
        /// Bytes of a body that has not come whole.
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
    ///   - room: How many may be open.
    ///   - byteLimit: How many bytes of bodies may wait, of all together.
    ///   - deadline: How long a request may take to come, in nanoseconds.
    ///   - idleTime: How long there may be none, between two.
    init(room: Int, byteLimit: Int, deadline: Int64, idleTime: Int64) {
        self.room = room
        self.byteLimit = byteLimit
        self.deadline = deadline
        self.idleTime = idleTime
    }

    var isEmpty: Bool { connections.isEmpty }

    /// Notes a connection; the socket to be closed in its favour, if there is no room for
    /// another: that of the one that has waited for the longest.
    mutating func open(_ id: ID, _ descriptor: Int32, at now: Int64) -> Int32? {
        connections[id] = Connection(descriptor: descriptor, since: now, limit: deadline)
        let open = connections.values.count { !$0.isClosing }
        return open > room ? giveUp(oldest { $0 != id }) : nil
    }

    mutating func close(_ id: ID) {
        guard let connection = connections.removeValue(forKey: id) else { return }
        bytes -= connection.bytes
    }

    /// The head of a request has come; its body has the whole deadline.
    mutating func begin(_ id: ID, at now: Int64) {
        connections[id]?.since = now
        connections[id]?.limit = deadline
    }

    /// A piece of a body has come.
    ///
    /// - Returns: whether it may be kept, and the sockets to be closed to make room for it.
    mutating func take(_ count: Int, _ id: ID) -> (isTaken: Bool, closing: [Int32]) {
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

    /// The request has come whole.
    mutating func answer(_ id: ID) { connections[id]?.limit = nil }

    /// The request is over; another may follow.
    mutating func end(_ id: ID, at now: Int64) {
        guard var connection = connections[id] else { return }
        bytes -= connection.bytes
        connection.bytes = 0
        connection.since = now
        // Waiting for the first byte and for the rest of a head look the same.
        connection.limit = idleTime + deadline
        connections[id] = connection
    }

    /// The sockets of those that took too long.
    mutating func overdue(at now: Int64) -> [Int32] {
        let late = connections.filter { _, connection in
            guard let limit = connection.limit else { return false }
            return now - connection.since >= limit
        }
        return late.keys.compactMap { giveUp($0) }
    }

    /// The one that has waited for the longest of those that wait.
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

    /// The connection's bytes no longer count: they go when its socket is closed.
    private mutating func giveUp(_ id: ID?) -> Int32? {
        guard let id, var connection = connections[id], !connection.isClosing else { return nil }
        connection.isClosing = true
        bytes -= connection.bytes
        connection.bytes = 0
        connections[id] = connection
        return connection.descriptor
    }
}
