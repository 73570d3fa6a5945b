// SPDX-License-Identifier: MIT
import CSystem
import FootfallJSON

/// A body that is sent slowly, ends early or is huge.
///
/// Only the thread that sends its response uses it.
final class TrickledBody: @unchecked Sendable {
    /// The length in the headers.
    let count: Int
    private let byte: (Int) -> UInt8
    private let bytesPerSecond: Int?
    private let end: Int
    private var nextAt: Int64 = 0
    private var connection: OpaquePointer?
    private var waiting: WaitingConnections?

    init(_ bytes: [UInt8], bytesPerSecond: Int? = nil, endsAfter end: Int? = nil) {
        count = bytes.count
        byte = { bytes[$0] }
        self.bytesPerSecond = bytesPerSecond
        self.end = end ?? bytes.count
    }

    init(repeating byte: UInt8, count: Int) {
        self.count = count
        self.byte = { _ in byte }
        bytesPerSecond = nil
        end = count
    }

    /// Sets the connection that is suspended between two pieces.
    func start(on connection: OpaquePointer?, _ waiting: WaitingConnections) {
        self.connection = connection
        self.waiting = waiting
    }

    /// Fills `room` with the next piece.
    ///
    /// - Returns: The number of bytes; 0 when the connection was suspended until the next
    ///   piece is due; -2 when it must be closed.
    func read(at position: Int, into room: UnsafeMutableBufferPointer<CChar>) -> Int {
        guard position < end else { return TrickledBody.endWithError }
        var most = min(room.count, end - position)
        if let bytesPerSecond {
            let now = ftf_boot_nanoseconds()
            guard now >= nextAt else {
                // The collector is stopping, so the connection is closed.
                return waiting?.hold(connection, until: nextAt) == true ? 0 : TrickledBody.endWithError
            }
            most = min(most, max(bytesPerSecond / 10, 1))
            nextAt = now + Int64(most) * 1_000_000_000 / Int64(bytesPerSecond)
        }
        for index in 0..<most { room[index] = CChar(bitPattern: byte(position + index)) }
        return most
    }

    /// MHD_CONTENT_READER_END_WITH_ERROR, a macro that Swift cannot import.
    private static let endWithError = -2
}

func collectorTrickle(
    _ argument: UnsafeMutableRawPointer?, _ position: UInt64, _ room: UnsafeMutablePointer<CChar>?, _ size: Int
) -> Int {
    guard let argument else { return -2 }
    let body = Unmanaged<TrickledBody>.fromOpaque(argument).takeUnretainedValue()
    return body.read(at: Int(position), into: UnsafeMutableBufferPointer(start: room, count: size))
}

func collectorTrickleEnded(_ argument: UnsafeMutableRawPointer?) {
    guard let argument else { return }
    Unmanaged<TrickledBody>.fromOpaque(argument).release()
}
