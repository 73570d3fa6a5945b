// SPDX-License-Identifier: MIT
import FootfallJSON
import Glibc

/// One request while it arrives.
///
/// It belongs to its connection, and so to one thread at a time.
final class Request {
    enum Encoding { case plain, gzip, unknown }

    private(set) var method = ""
    private(set) var path = ""
    private(set) var encoding = Encoding.plain
    private(set) var basicKey: String?
    private(set) var body = ByteBuffer(capacity: 16 * 1024)
    /// How many bytes of body have come, kept or not.
    private(set) var wireBytes = 0

    /// Whether the body is more than was allowed; it is not kept then.
    private(set) var isTooLarge = false

    /// Why it is refused, whatever its body is, which is not kept then.
    private(set) var fault: RequestFault?

    /// Whether it was decided that nothing is ever answered.
    var isHeld = false

    /// Begins a new request in the room of an old one.
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
        body.removeAll()
    }

    /// Takes a piece of the body; `false` when it is so much too large that
    /// reading on makes no sense.
    ///
    /// - Parameter hasRoom: Whether there is room for so many bytes.
    func receive(_ bytes: UnsafeBufferPointer<UInt8>, limit: Int, hasRoom: (Int) -> Bool) -> Bool {
        wireBytes += bytes.count
        if fault == nil, wireBytes <= limit, !hasRoom(bytes.count) {
            fault = RequestFault(status: 503, message: "too many bodies are coming in at once; try again")
        }
        guard fault == nil else {
            body.removeAll()
            return wireBytes <= limit
        }
        if wireBytes > limit {
            isTooLarge = true
            body.removeAll()
            // A client that is still sending does not look for the answer, so
            // that the rest is read and dropped before 413 is answered.
            return wireBytes <= limit &+ Request.maximumDropped
        }
        body.append(bytes)
        return true
    }

    /// Marks the body as too large before it has come.
    func refuseBody() { isTooLarge = true }

    private static let maximumDropped = 256 * 1024 * 1024

    private static func encoding(_ header: UnsafePointer<CChar>?) -> Encoding {
        guard let header, header.pointee != 0 else { return .plain }
        if strcasecmp(header, "gzip") == 0 || strcasecmp(header, "x-gzip") == 0 { return .gzip }
        return strcasecmp(header, "identity") == 0 ? .plain : .unknown
    }
}
