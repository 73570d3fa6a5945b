// SPDX-License-Identifier: MIT
import CZlib
import FootfallJSON

/// Inflates gzip data with one zlib state: bodies, one after another, or a stream part by part.
package final class Inflater {
    /// Why data cannot be inflated.
    package enum Failure: Error { case corrupt, endsEarly, tooLarge, outOfMemory }

    /// On the heap, because zlib keeps a pointer to the stream.
    private let stream: UnsafeMutablePointer<z_stream>
    private let isReady: Bool
    /// Whether a member of a stream has begun and has not ended.
    package private(set) var isInMember = false
    private var hasMember = false

    /// Takes memory for the state; without it every call fails with `outOfMemory`.
    package init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        isReady = ftf_gzip_inflate_init(stream) == Z_OK
    }

    deinit {
        if isReady { inflateEnd(stream) }
        stream.deallocate()
    }

    /// Inflates the next part of a stream of gzip members, one after another, as gzip(1) does.
    ///
    /// - Returns: How many bytes of `input` were taken and how many of `space` were filled, and why
    ///   the stream cannot be continued. The call may have more to write when it has filled `space`.
    package func inflate(
        part input: UnsafeBufferPointer<UInt8>, into space: UnsafeMutableBufferPointer<UInt8>
    ) -> (taken: Int, made: Int, failure: Failure?) {
        guard isReady else { return (0, 0, .outOfMemory) }
        // Members on a tape are padded with zeros.
        let padding = hasMember && !isInMember ? input.prefix { $0 == 0 }.count : 0
        guard isInMember || padding < input.count else { return (padding, 0, nil) }
        if !isInMember, inflateReset(stream) != Z_OK { return (padding, 0, .outOfMemory) }
        (isInMember, hasMember) = (true, true)
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress.map { $0 + padding })
        stream.pointee.avail_in = UInt32(clamping: input.count - padding)
        stream.pointee.next_out = space.baseAddress
        stream.pointee.avail_out = UInt32(clamping: space.count)
        let result = CZlib.inflate(stream, Z_NO_FLUSH)
        let taken = input.count - Int(stream.pointee.avail_in)
        let made = space.count - Int(stream.pointee.avail_out)
        switch result {
        case Z_STREAM_END:
            isInMember = false
            return (taken, made, nil)
        case Z_OK, Z_BUF_ERROR: return (taken, made, nil)
        case Z_MEM_ERROR: return (taken, made, .outOfMemory)
        default: return (taken, made, .corrupt)
        }
    }

    /// Inflates all gzip members of `input` and appends the result.
    ///
    /// - Throws: `tooLarge` as soon as the result exceeds `limit` bytes.
    func inflate(
        _ input: UnsafeBufferPointer<UInt8>, into output: inout ByteBuffer, limit: Int
    ) throws(Failure) {
        guard isReady else { throw .outOfMemory }
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.pointee.avail_in = UInt32(input.count)
        let start = output.count
        repeat {
            guard inflateReset(stream) == Z_OK else { throw .outOfMemory }
            try inflateMember(into: &output, start: start, limit: limit)
        } while stream.pointee.avail_in > 0
    }

    private func inflateMember(into output: inout ByteBuffer, start: Int, limit: Int) throws(Failure) {
        while true {
            // Room for one byte more than the limit shows whether there is more. Twelve times
            // the input, because batches of events inflate to about ten times their size.
            let left = limit + 1 - (output.count - start)
            guard left > 0 else { throw .tooLarge }
            let room = min(left, max(64 * 1024, Int(stream.pointee.avail_in) * 12))
            let before = output.count
            let result = step(into: &output, room: room)
            switch result {
            case Z_STREAM_END:
                guard output.count - start <= limit else { throw .tooLarge }
                return
            case Z_OK, Z_BUF_ERROR:
                guard stream.pointee.avail_in > 0 || output.count - before == room else { throw .endsEarly }
            case Z_MEM_ERROR: throw .outOfMemory
            default: throw .corrupt
            }
        }
    }

    private func step(into output: inout ByteBuffer, room: Int) -> Int32 {
        var result = Z_OK
        output.appendUninitialized(room) { space in
            stream.pointee.next_out = space.baseAddress
            stream.pointee.avail_out = UInt32(space.count)
            result = CZlib.inflate(stream, Z_NO_FLUSH)
            return space.count - Int(stream.pointee.avail_out)
        }
        return result
    }
}
