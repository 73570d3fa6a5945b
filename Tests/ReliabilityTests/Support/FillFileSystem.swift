// SPDX-License-Identifier: MIT
import Glibc

/// Writes into a file until its file system has no byte left.
func fillFileSystem(_ path: String) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    var piece = 1 << 20
    let bytes = [UInt8](repeating: 1, count: piece)
    while piece > 0 { if write(descriptor, bytes, piece) <= 0 { piece /= 2 } }
    close(descriptor)
}
