// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Glibc
import Testing

/// A TCP server on 127.0.0.1 that puts down every byte and when it came, and
/// answers HTTP requests as it is told: a proxy, a server without TLS, a server
/// that says nothing.
final class RawServer {
    /// What is answered to a request, by its number from 1 and its head; `nil` for nothing.
    typealias Answer = @Sendable (_ number: Int, _ head: String) -> String?

    let port: UInt16
    private let state: State

    /// 200 in Segment's shape.
    static let success =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"success\":true}"

    /// What came over all connections.
    struct Record: Sendable {
        /// The heads of requests, without their bodies.
        var heads: [String] = []
        /// The first byte of each connection.
        var firstBytes: [UInt8] = []
        var connections = 0
        var bytes = 0
        /// When the last byte came: nanoseconds since boot.
        var lastByte: Int64 = 0
        var everything: [UInt8] = []
        /// What a SOCKS proxy was asked to connect to.
        var destinations: [String] = []
    }

    /// - Parameters:
    ///   - nonsense: Said to whatever comes first on a connection, which is closed then.
    ///   - socks: A SOCKS proxy, that answers for every destination.
    ///   - answer: Said to each whole request.
    init(nonsense: String? = nil, socks: SOCKSHandshake? = nil, answer: @escaping Answer = { _, _ in success }) throws {
        let descriptor: Int32
        (descriptor, port) = try listenOnLoopback()
        state = State(descriptor, nonsense, socks, answer)
        ftf_thread_start("raw-server", serveOnThread, Unmanaged.passRetained(state).toOpaque())
    }

    deinit {
        ftf_eventfd_raise(state.stop)
        _ = ftf_wait_readable_for(state.ended, 10_000_000_000)
        close(state.descriptor)
    }

    var record: Record { state.lock.withLock { state.record } }
    var segment: String { "segment=http://127.0.0.1:\(port)/v1/b" }
    var address: String { "127.0.0.1:\(port)" }

    fileprivate final class State: @unchecked Sendable {
        let lock = Lock()
        let descriptor: Int32
        let stop = ftf_eventfd()
        let ended = ftf_eventfd()
        let nonsense: String?
        let socks: SOCKSHandshake?
        let answer: Answer
        var record = Record()

        init(_ descriptor: Int32, _ nonsense: String?, _ socks: SOCKSHandshake?, _ answer: @escaping Answer) {
            self.descriptor = descriptor
            self.nonsense = nonsense
            self.socks = socks
            self.answer = answer
        }

        deinit {
            close(stop)
            close(ended)
        }

        private struct Connection {
            var descriptor: Int32
            var unread: [UInt8] = []
            var hasSpoken = false
            var socks: SOCKSHandshake?
        }

        func serve() {
            var open: [Connection] = []
            while true {
                let watched = [stop, descriptor] + open.suffix(12).map(\.descriptor)
                let mask = ftf_wait_readable(watched, Int32(watched.count))
                if mask & 1 != 0 { break }
                if mask & 2 != 0 {
                    let accepted = accept(descriptor, nil, nil)
                    if accepted >= 0 {
                        _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
                        lock.withLock { record.connections += 1 }
                        open.append(Connection(descriptor: accepted, socks: socks))
                    }
                }
                for (place, watchedDescriptor) in watched.enumerated().dropFirst(2)
                where mask & (1 << Int32(place)) != 0 {
                    guard let at = open.firstIndex(where: { $0.descriptor == watchedDescriptor }) else { continue }
                    if read(&open[at]) { continue }
                    close(watchedDescriptor)
                    open.remove(at: at)
                }
            }
            for connection in open { close(connection.descriptor) }
            ftf_eventfd_raise(ended)
        }

        /// False when the connection is at its end.
        private func read(_ connection: inout Connection) -> Bool {
            var bytes = [UInt8](repeating: 0, count: 16_384)
            let got = recv(connection.descriptor, &bytes, bytes.count, Int32(truncatingIfNeeded: MSG_DONTWAIT))
            guard got > 0 else { return got < 0 && errno == EAGAIN }
            let now = ftf_boot_nanoseconds()
            let isFirst = !connection.hasSpoken
            connection.hasSpoken = true
            lock.withLock {
                if isFirst { record.firstBytes.append(bytes[0]) }
                record.bytes += got
                record.lastByte = now
                if record.everything.count < 1 << 20 { record.everything += bytes[..<got] }
            }
            if let nonsense {
                say(nonsense, to: connection.descriptor)
                return false
            }
            connection.unread += bytes[..<got]
            guard shakeHands(&connection) else { return false }
            if connection.socks != nil { return true }
            while let head = takeRequest(&connection.unread) {
                let number = lock.withLock {
                    record.heads.append(head)
                    return record.heads.count
                }
                guard let text = answer(number, head) else { continue }
                say(text, to: connection.descriptor)
            }
            return true
        }

        /// False when a SOCKS proxy refuses.
        private func shakeHands(_ connection: inout Connection) -> Bool {
            while let step = connection.socks?.read(&connection.unread) {
                switch step {
                case .waits: return true
                case .says(let bytes): say(bytes, to: connection.descriptor)
                case .refuses(let bytes):
                    say(bytes, to: connection.descriptor)
                    return false
                case .opens(let destination, let bytes):
                    lock.withLock { record.destinations.append(destination) }
                    say(bytes, to: connection.descriptor)
                    connection.socks = nil
                }
            }
            return true
        }

        private func say(_ bytes: [UInt8], to descriptor: Int32) {
            _ = send(descriptor, bytes, bytes.count, Int32(truncatingIfNeeded: MSG_NOSIGNAL))
        }

        private func say(_ text: String, to descriptor: Int32) {
            say(Array(text.utf8), to: descriptor)
        }

        /// The head of the first whole request, which is removed with its body.
        private func takeRequest(_ bytes: inout [UInt8]) -> String? {
            let end = Array("\r\n\r\n".utf8)
            guard bytes.count >= 4, let at = (0...(bytes.count - 4)).first(where: { Array(bytes[$0..<$0 + 4]) == end })
            else { return nil }
            let head = String(decoding: bytes[..<at], as: UTF8.self)
            let length = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
                .flatMap { Int($0.dropFirst(15).drop { $0 == " " }) }
            guard bytes.count >= at + 4 + (length ?? 0) else { return nil }
            bytes.removeFirst(at + 4 + (length ?? 0))
            return head
        }
    }
}

private func serveOnThread(_ argument: UnsafeMutableRawPointer?) {
    guard let argument else { return }
    Unmanaged<RawServer.State>.fromOpaque(argument).takeRetainedValue().serve()
}
