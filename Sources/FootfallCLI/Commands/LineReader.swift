// SPDX-License-Identifier: MIT
import Glibc

/// Reads lines from a file or from standard input, through one buffer of 1 MiB. Gzip data is inflated.
struct LineReader {
    enum Line {
        /// A line without its newline. The bytes are valid until the closure returns.
        case text(UnsafeBufferPointer<UInt8>)
        /// A line that is longer than the buffer. It was skipped.
        case tooLong
    }

    /// The longest line. An event may have 32 KiB; white space and escapes make its line longer.
    private static let longest = 1 << 20

    var name: String { input.name }
    private var input: InputBytes
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    private var begin = 0
    private var end = 0
    private var isAtEnd = false
    private var isSkipping = false

    /// - Parameters:
    ///   - path: `-` is standard input.
    ///   - signals: A descriptor that becomes readable when a signal arrives; -1 without one.
    /// - Throws: UnreadableInput.
    init(_ path: String, signals: Int32 = -1) throws {
        input = try InputBytes(path, signals: signals)
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
        input.close()
    }

    /// Calls `body` with the next line.
    ///
    /// - Parameters:
    ///   - idleAt: When to call `idle`, once, if no whole line has arrived by then.
    /// - Returns: False at the end of the input.
    /// - Throws: UnreadableInput, after the last whole line; Interrupted.
    mutating func next(
        idleAt: ContinuousClock.Instant? = nil, idle: () throws -> Void = {}, _ body: (Line) throws -> Void
    ) throws -> Bool {
        var idleAt = idleAt
        while true {
            if let newline {
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

    /// The place of the next newline. memchr(3) compares many bytes at once.
    private var newline: Int? {
        guard let base = buffer.baseAddress, let found = memchr(base + begin, 0x0A, end - begin) else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
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
        switch try input.read(into: UnsafeMutableBufferPointer(rebasing: buffer[end...]), by: idleAt) {
        case .idle: return false
        case .end: isAtEnd = true
        case .bytes(let count): end += count
        }
        return true
    }
}
