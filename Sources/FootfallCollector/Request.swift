// SPDX-License-Identifier: MIT
import FootfallJSON
import Glibc

/// A request while it arrives.
///
/// Only the thread that serves its connection uses it.
final class Request {
    enum Encoding { case plain, gzip, unknown }

    private(set) var method = ""
    private(set) var path = ""
    private(set) var encoding = Encoding.plain
    private(set) var basicKey: String?
    private(set) var body = ByteBuffer(capacity: 16 * 1024)
    /// How many bytes of the body have arrived, whether they are kept or not.
    private(set) var wireBytes = 0

    /// Whether the body exceeds the limit. Such a body is not kept.
    private(set) var isTooLarge = false

    /// Why the request is refused whatever its body is. The body is not kept.
    private(set) var fault: RequestFault?

    /// Whether the request gets no answer until the collector stops.
    private(set) var isHeld = false

    /// Whether the request was given an answer, or is held until the collector stops.
    private(set) var isAnswered = false

    /// Starts a new request and keeps the memory of the previous one.
    func begin(
        method: UnsafePointer<CChar>?, path: UnsafePointer<CChar>?, encoding: UnsafePointer<CChar>?,
        authorization: UnsafePointer<CChar>?, fault: RequestFault?
    ) {
        self.fault = fault
        self.method = method.map { String(cString: $0) } ?? ""
        self.path = path.map { String(cString: $0) } ?? ""
        self.encoding = Request.encoding(encoding)
        basicKey = authorization.flatMap { BasicAuthorization.user(of: String(cString: $0)) }
        wireBytes = 0
        isTooLarge = false
        isHeld = false
        isAnswered = false
        body.removeAll()
    }

    /// Keeps a piece of the body.
    ///
    /// - Parameter hasRoom: Whether this many more bytes may be kept.
    /// - Returns: False when the connection should be closed: the body is so far beyond the
    ///   limit that reading the rest is not worth it.
    func receive(_ bytes: UnsafeBufferPointer<UInt8>, limit: Int, hasRoom: (Int) -> Bool) -> Bool {
        wireBytes += bytes.count
        if fault == nil, wireBytes <= limit, !hasRoom(bytes.count) {
            fault = RequestFault(status: 503, message: "too many bodies arrive at once; try again")
        }
        guard fault == nil else {
            body.removeAll()
            return wireBytes <= limit
        }
        if wireBytes > limit {
            isTooLarge = true
            body.removeAll()
            // A client that is still sending does not read the answer, so the rest is read
            // and dropped before 413 is answered.
            return wireBytes <= limit &+ Request.maximumDropped
        }
        body.append(bytes)
        return true
    }

    /// Marks the body as too large before it has arrived.
    func refuseBody() { isTooLarge = true }

    /// Leaves the request without an answer.
    func hold() { isHeld = true }

    /// The answer was decided.
    func answer() { isAnswered = true }

    /// How many bytes beyond the limit are read before the connection is closed: more than any
    /// client sends by mistake.
    private static let maximumDropped = 256 * 1024 * 1024

    private static func encoding(_ header: UnsafePointer<CChar>?) -> Encoding {
        guard let header, header.pointee != 0 else { return .plain }
        if strcasecmp(header, "gzip") == 0 || strcasecmp(header, "x-gzip") == 0 { return .gzip }
        return strcasecmp(header, "identity") == 0 ? .plain : .unknown
    }
}
