// SPDX-License-Identifier: MIT
import Glibc
import TestSupport

/// A blocking HTTP/1.1 client on one connection, which does what it is told.
final class HTTPClient {
    struct Failure: Error { var what: String }

    struct Answer: Equatable {
        var status: Int
        var headers: [String: String]
        var body: String
    }

    private let descriptor: Int32
    private var unread: [UInt8] = []

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        // A test that would hang fails instead.
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        // Head and body are two writes: without this the body waits 40 ms for
        // the acknowledgement of the head.
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failure(what: "connect: \(errno)") }
    }

    deinit { close(descriptor) }

    func post(_ path: String, _ body: [UInt8], headers: [(String, String)] = []) throws -> Answer {
        try sendHead("POST", path, headers + [("Content-Length", "\(body.count)")])
        try send(body)
        return try readAnswer()
    }

    func post(_ path: String, _ body: String, headers: [(String, String)] = []) throws -> Answer {
        try post(path, Array(body.utf8), headers: headers)
    }

    func postGzip(_ path: String, _ body: String) throws -> Answer {
        try post(path, gzip(Array(body.utf8)), headers: [("Content-Encoding", "gzip")])
    }

    func get(_ path: String) throws -> Answer {
        try sendHead("GET", path, [])
        return try readAnswer()
    }

    func sendHead(
        _ method: String, _ path: String, _ headers: [(String, String)], host: String = "127.0.0.1"
    ) throws {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        try send(Array((head + "\r\n").utf8))
    }

    func send(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let sent = Glibc.send(
                    descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, Int32(MSG_NOSIGNAL))
                guard sent > 0 else { throw Failure(what: "send: \(errno)") }
                done += sent
            }
        }
    }

    /// Reads one answer; a body without Content-Length is taken as empty.
    func readAnswer() throws -> Answer {
        var head = try readLines()
        let status = Int(head.removeFirst().split(separator: " ")[1]) ?? 0
        var headers: [String: String] = [:]
        for line in head {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts[1].drop { $0 == " " }.description
        }
        let count = headers["content-length"].flatMap { Int($0) } ?? 0
        while unread.count < count { try readMore() }
        defer { unread.removeFirst(count) }
        return Answer(status: status, headers: headers, body: String(decoding: unread[..<count], as: UTF8.self))
    }

    /// Whether the collector has closed the connection without another byte.
    func isClosed() -> Bool {
        var byte: UInt8 = 0
        guard unread.isEmpty else { return false }
        let got = recv(descriptor, &byte, 1, 0)
        return got == 0 || got < 0 && errno == ECONNRESET
    }

    private func readLines() throws -> [String] {
        var lines: [String] = []
        while true {
            while !unread.contains(0x0A) { try readMore() }
            let line = unread.prefix { $0 != 0x0A }
            unread.removeFirst(line.count + 1)
            let text = String(decoding: line.dropLast(), as: UTF8.self)
            if text.isEmpty { return lines }
            lines.append(text)
        }
    }

    private func readMore() throws {
        var bytes = [UInt8](repeating: 0, count: 16 * 1024)
        let got = recv(descriptor, &bytes, bytes.count, 0)
        guard got > 0 else { throw Failure(what: got == 0 ? "closed" : "recv: \(errno)") }
        unread += bytes[..<got]
    }
}
