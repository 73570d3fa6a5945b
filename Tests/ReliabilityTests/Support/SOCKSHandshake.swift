// SPDX-License-Identifier: MIT

/// A SOCKS5 server's side of opening a connection: RFC 1928, with the password of RFC 1929.
struct SOCKSHandshake {
    /// What it says to what came.
    enum Step: Equatable {
        case waits
        case says([UInt8])
        /// The proxy refuses the client.
        case refuses([UInt8])
        /// What follows is for the destination: its host and port.
        case opens(to: String, [UInt8])
    }

    private enum Place {
        case greeting, password, request
    }

    /// `name:password`; `nil` when it asks for none.
    let credentials: String?
    private var place = Place.greeting

    init(credentials: String?) { self.credentials = credentials }

    /// Takes what it understands off the front of what came.
    mutating func read(_ bytes: inout [UInt8]) -> Step {
        switch place {
        case .greeting:
            guard bytes.count >= 2, bytes.count >= 2 + Int(bytes[1]) else { return .waits }
            let methods = bytes[2..<2 + Int(bytes[1])]
            let method: UInt8 = credentials == nil ? 0 : 2
            guard bytes[0] == 5, methods.contains(method) else { return .refuses([5, 0xFF]) }
            bytes.removeFirst(2 + methods.count)
            place = credentials == nil ? .request : .password
            return .says([5, method])
        case .password:
            guard bytes.count >= 2, bytes.count > 2 + Int(bytes[1]) else { return .waits }
            let nameEnd = 2 + Int(bytes[1])
            let end = nameEnd + 1 + Int(bytes[nameEnd])
            guard bytes.count >= end else { return .waits }
            let name = String(decoding: bytes[2..<nameEnd], as: UTF8.self)
            let password = String(decoding: bytes[(nameEnd + 1)..<end], as: UTF8.self)
            bytes.removeFirst(end)
            guard "\(name):\(password)" == credentials else { return .refuses([1, 1]) }
            place = .request
            return .says([1, 0])
        case .request:
            guard bytes.count >= 5 else { return .waits }
            let isName = bytes[3] == 3
            let length = isName ? 1 + Int(bytes[4]) : bytes[3] == 1 ? 4 : 16
            guard bytes.count >= 6 + length else { return .waits }
            let address = bytes[4..<4 + length]
            let port = Int(bytes[4 + length]) << 8 | Int(bytes[5 + length])
            let host =
                isName
                ? String(decoding: address.dropFirst(), as: UTF8.self)
                : address.map { "\($0)" }.joined(separator: ".")
            bytes.removeFirst(6 + length)
            return .opens(to: "\(host):\(port)", [5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
        }
    }
}
