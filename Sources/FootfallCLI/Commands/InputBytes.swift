// SPDX-License-Identifier: MIT
import CSystem
import FootfallCollector
import Glibc

/// Why an input cannot be read, or not further.
struct UnreadableInput: Error {
    var code: CommandExit.Code
    /// Without the name of the input.
    var problem: String
    /// Whether the input ended in the middle of a line that is not read.
    var isDamaged = false
}

/// The bytes of a file or of standard input. Gzip data is inflated as it comes.
struct InputBytes {
    /// What ``read(into:by:)`` got.
    enum Result {
        case bytes(Int)
        case end
        /// Nothing has arrived in time.
        case idle
    }

    let name: String
    private let descriptor: Int32
    /// `nil` until the first bytes were read.
    private var format: InputFormat?
    /// Bytes as they were read: the first ones, and gzip data.
    private let raw: UnsafeMutableBufferPointer<UInt8>
    private var begin = 0
    private var end = 0
    private var isAtEnd = false
    private var inflater: Inflater?
    /// The output that the inflater had room for in its last step was filled.
    private var hasMore = false
    private var failure: Inflater.Failure?

    /// How often in a row waiting for input failed. Each failure takes ten milliseconds.
    private var failures = 0
    private static let maximumFailures = 100
    /// A descriptor that becomes readable when a signal arrives; -1 without one.
    private let signals: Int32

    /// - Parameter path: `-` is standard input.
    init(_ path: String, signals: Int32) throws {
        self.signals = signals
        name = path == "-" ? "standard input" : path
        descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(errno) }
        raw = .allocate(capacity: 64 << 10)
    }

    func close() {
        raw.deallocate()
        if descriptor != STDIN_FILENO { Glibc.close(descriptor) }
    }

    private static func failure(_ error: Int32) -> UnreadableInput {
        UnreadableInput(code: .usage, problem: String(cString: strerror(error)))
    }

    /// Reads some bytes.
    ///
    /// - Parameter limit: How long to wait for them; `nil` for no limit.
    /// - Throws: UnreadableInput, LineReader.Interrupted.
    mutating func read(
        into space: UnsafeMutableBufferPointer<UInt8>, by limit: ContinuousClock.Instant?
    ) throws -> Result {
        while format == nil {
            let got = try receive(UnsafeMutableBufferPointer(rebasing: raw[end...]), by: limit)
            guard case .bytes(let count) = got else {
                if case .idle = got { return .idle }
                isAtEnd = true
                try decide()
                break
            }
            end += count
            try decide()
        }
        if inflater != nil { return try inflate(into: space, by: limit) }
        guard begin == end else { return .bytes(take(into: space)) }
        return isAtEnd ? .end : try receive(space, by: limit)
    }

    private mutating func decide() throws {
        format = InputFormat.of(UnsafeBufferPointer(rebasing: raw[..<end]), isWhole: isAtEnd)
        switch format {
        case .gzip: inflater = Inflater()
        case .foreign(let name, let reader):
            throw UnreadableInput(
                code: .badInput, problem: "this is \(name), which is not read; pipe it through \(reader)")
        case .plain, nil: break
        }
    }

    /// Gives the bytes that were read to find the format.
    private mutating func take(into space: UnsafeMutableBufferPointer<UInt8>) -> Int {
        let count = min(end - begin, space.count)
        _ = space.update(fromContentsOf: raw[begin..<begin + count])
        begin += count
        return count
    }

    private mutating func inflate(
        into space: UnsafeMutableBufferPointer<UInt8>, by limit: ContinuousClock.Instant?
    ) throws -> Result {
        while true {
            if let failure { throw damage(failure) }
            if begin == end, !hasMore {
                guard !isAtEnd else { return try finish() }
                switch try receive(raw, by: limit) {
                case .idle: return .idle
                case .end:
                    isAtEnd = true
                    return try finish()
                case .bytes(let count): (begin, end) = (0, count)
                }
            }
            let step = inflater?.inflate(part: UnsafeBufferPointer(rebasing: raw[begin..<end]), into: space)
            guard let step else { return .end }
            begin += step.taken
            hasMore = step.made == space.count
            failure = step.failure
            // What came out before the failure is read.
            if step.made > 0 { return .bytes(step.made) }
        }
    }

    private func finish() throws -> Result {
        if inflater?.isInMember == true { throw damage(.endsEarly) }
        return .end
    }

    private func damage(_ failure: Inflater.Failure) -> UnreadableInput {
        let problem =
            switch failure {
            case .endsEarly: "the gzip data ends too early; the lines before are stored, the rest cannot be read"
            case .outOfMemory: "there is no memory to inflate the gzip data; the lines before are stored"
            // The sum over the data is at its end, so a change can be noticed late.
            case .corrupt, .tooLarge:
                "the gzip data is damaged; the lines before are stored, and may be damaged as well"
            }
        return UnreadableInput(code: .badInput, problem: problem, isDamaged: true)
    }

    /// Reads from the descriptor, when it has bytes.
    private mutating func receive(
        _ space: UnsafeMutableBufferPointer<UInt8>, by limit: ContinuousClock.Instant?
    ) throws -> Result {
        let left = limit.map { max(($0 - .now).nanoseconds, 0) }
        if left != nil || signals >= 0 {
            let ready = ftf_wait_readable_either(descriptor, signals, left ?? -1)
            if ready < 0 {
                failures += 1
                guard failures < Self.maximumFailures else { throw LineReader.Interrupted.wait(errno) }
                return .idle
            }
            failures = 0
            if ready & 2 != 0 { throw LineReader.Interrupted.signal(ftf_signals_take()) }
            if ready == 0 || left == 0 { return .idle }
        }
        var got = Glibc.read(descriptor, space.baseAddress, space.count)
        while got < 0, errno == EINTR { got = Glibc.read(descriptor, space.baseAddress, space.count) }
        guard got >= 0 else { throw Self.failure(errno) }
        return got == 0 ? .end : .bytes(got)
    }
}
