// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Glibc

/// Reads lines from files or from standard input, without ever holding more
/// than one line too many.
struct LineReader {
    enum Line {
        /// A line without its end.
        case text(UnsafeBufferPointer<UInt8>)
        /// A line that is longer than anything that is taken; it is skipped.
        case tooLong
    }

    /// Above the 32 KiB that an event may have, with white space.
    private static let longest = 1 << 20

    let name: String
    private let descriptor: Int32
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    private var begin = 0
    private var end = 0
    private var isAtEnd = false
    private var isSkipping = false
    /// How often in a row waiting failed; each time takes ten milliseconds.
    private var failures = 0
    private static let mostFailures = 100
    /// What is looked at besides, so that a signal ends the reading in order.
    private let signals: Int32

    /// - Parameter path: `-` is standard input.
    init(_ path: String, signals: Int32 = -1) throws {
        self.signals = signals
        name = path == "-" ? "standard input" : path
        descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandExit(.usage, "\(path): \(String(cString: strerror(errno)))")
        }
        buffer = .allocate(capacity: Self.longest)
    }

    /// Why no more is read, though there may be more.
    enum Interrupted: Error {
        case signal(Int32)
        /// Waiting for input failed for about a second; an errno.
        case wait(Int32)
    }

    func close() {
        buffer.deallocate()
        if descriptor != STDIN_FILENO { Glibc.close(descriptor) }
    }

    /// Calls `body` with the next line; false at the end. `idle` is called when
    /// there is no whole line by a time, before more is waited for.
    mutating func next(
        idleAt: ContinuousClock.Instant? = nil, idle: () throws -> Void = {}, _ body: (Line) throws -> Void
    ) throws -> Bool {
        var idleAt = idleAt
        while true {
            if let newline = buffer[begin..<end].firstIndex(of: 0x0A) {
                let line = UnsafeBufferPointer(rebasing: buffer[begin..<newline])
                begin = newline + 1
                if isSkipping {
                    isSkipping = false
                    try body(.tooLong)
                } else {
                    try body(.text(line))
                }
                return true
            }
            if isAtEnd {
                guard end > begin || isSkipping else { return false }
                // The last line counts without its end, too.
                let line = UnsafeBufferPointer(rebasing: buffer[begin..<end])
                begin = end
                let wasSkipping = isSkipping
                isSkipping = false
                try body(wasSkipping ? .tooLong : .text(line))
                return true
            }
            if try fill(idleAt) { continue }
            try idle()
            idleAt = nil
        }
    }

    /// Reads more; false when there is nothing by a time.
    private mutating func fill(_ idleAt: ContinuousClock.Instant?) throws -> Bool {
        if begin > 0 {
            if let base = buffer.baseAddress { memmove(base, base + begin, end - begin) }
            end -= begin
            begin = 0
        }
        if end == buffer.count {
            isSkipping = true
            end = 0
        }
        let left = idleAt.map { max(($0 - .now).nanoseconds, 0) }
        if left != nil || signals >= 0 {
            let ready = footfall_wait_readable_either(descriptor, signals, left ?? -1)
            if ready < 0 {
                failures += 1
                guard failures < Self.mostFailures else { throw Interrupted.wait(errno) }
                return false
            }
            failures = 0
            if ready & 2 != 0 { throw Interrupted.signal(footfall_signals_take()) }
            if ready == 0 || left == 0 { return false }
        }
        var got = read(descriptor, buffer.baseAddress.map { $0 + end }, buffer.count - end)
        while got < 0, errno == EINTR {
            got = read(descriptor, buffer.baseAddress.map { $0 + end }, buffer.count - end)
        }
        guard got >= 0 else { throw CommandExit(.usage, "\(name): \(String(cString: strerror(errno)))") }
        end += got
        isAtEnd = got == 0
        return true
    }
}
