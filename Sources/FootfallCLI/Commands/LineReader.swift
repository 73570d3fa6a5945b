// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Glibc

/// Reads lines from a file or from standard input, through one buffer of 1 MiB.
struct LineReader {
    enum Line {
        /// A line without its newline. The bytes are valid until the closure returns.
        case text(UnsafeBufferPointer<UInt8>)
        /// A line that is longer than the buffer. It was skipped.
        case tooLong
    }

    /// The longest line. An event may have 32 KiB; white space and escapes make its line longer.
    private static let longest = 1 << 20

    let name: String
    private let descriptor: Int32
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    private var begin = 0
    private var end = 0
    private var isAtEnd = false
    private var isSkipping = false
    /// How often in a row waiting for input failed. Each failure takes ten milliseconds.
    private var failures = 0
    private static let maximumFailures = 100
    /// A descriptor that becomes readable when a signal arrives; -1 without one.
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

    /// Why reading stopped before the end of the input.
    enum Interrupted: Error, CustomStringConvertible {
        case signal(Int32)
        /// Waiting for input failed for about a second, with this errno.
        case wait(Int32)

        var description: String {
            switch self {
            case .signal(let signal): "stopped by signal \(signal)"
            case .wait(let error): "cannot wait for more input: \(String(cString: strerror(error)))"
            }
        }
    }

    func close() {
        buffer.deallocate()
        if descriptor != STDIN_FILENO { Glibc.close(descriptor) }
    }

    /// Calls `body` with the next line.
    ///
    /// - Parameters:
    ///   - idleAt: When to call `idle`, once, if no whole line has arrived by then.
    /// - Returns: False at the end of the input.
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
                // The last line may have no newline.
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

    /// Reads more bytes, and moves those of an unfinished line to the front of the buffer.
    ///
    /// - Returns: False when nothing arrived by `idleAt`.
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
                guard failures < Self.maximumFailures else { throw Interrupted.wait(errno) }
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
