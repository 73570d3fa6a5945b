// SPDX-License-Identifier: MIT
import Glibc
import TestSupport

/// The number that a host left in a file before it died: 0 when it died before it
/// made the file or wrote to it.
func notedNumber(_ path: String) throws -> Int {
    let bytes: [UInt8]
    do {
        bytes = try FileText(path).bytes()
    } catch let failure as SystemFailure where failure.errorNumber == ENOENT {
        return 0
    }
    guard !bytes.isEmpty else { return 0 }
    guard bytes.count == 8 else { throw SystemFailure("reading a number of \(bytes.count) bytes from", path, EINVAL) }
    return Int(bytes.withUnsafeBytes { $0.loadUnaligned(as: Int64.self) })
}
