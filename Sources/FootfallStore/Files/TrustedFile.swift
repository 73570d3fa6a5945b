// SPDX-License-Identifier: MIT
import Glibc

/// A file with a configuration or a secret, and a warning about its mode.
package struct TrustedFile: Sendable {
    /// The content of the file.
    package let bytes: [UInt8]
    /// What the user should change about the mode, in one sentence; `nil` when it is right.
    package let warning: String?

    /// Reads a configuration. Throws unless it belongs to root or to the user, and when
    /// every user can write to it. A group that can write is a warning. The mode of a pipe
    /// is not checked.
    package static func configuration(_ path: String) throws(StoreError) -> TrustedFile {
        try TrustedFile(path) { status throws(StoreError) in
            guard status.st_uid == 0 || status.st_uid == geteuid() else {
                throw StoreError(
                    .system(EPERM), "reading \(path)",
                    "it belongs to another user (\(status.st_uid)): a configuration must be root's or your own")
            }
            guard status.st_mode & S_IFMT == S_IFREG else { return nil }
            guard status.st_mode & 0o002 == 0 else {
                throw StoreError(
                    .system(EPERM), "reading \(path)",
                    "every user can write to it, and so decide where events go: chmod go-w \(path)")
            }
            return status.st_mode & 0o020 != 0 ? "\(path) can be written by its group: chmod g-w \(path)" : nil
        }
    }

    /// Reads a key or a password. A file that every user can read or write is a warning.
    package static func secret(_ path: String) throws(StoreError) -> TrustedFile {
        try TrustedFile(path) { status in
            guard status.st_mode & S_IFMT == S_IFREG else { return nil }
            switch status.st_mode & 0o006 {
            case 0: return nil
            case 0o004: return "\(path) holds a secret and can be read by every user: chmod o-r \(path)"
            default: return "\(path) holds a secret and can be written by every user: chmod o-rw \(path)"
            }
        }
    }

    /// Checks the mode of the open descriptor, so that it is the mode of the file that is
    /// read.
    private init(_ path: String, _ examine: (stat) throws(StoreError) -> String?) throws(StoreError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw .system("reading \(path)") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system("reading \(path)") }
        warning = try examine(status)
        bytes = try SmallFile.read(descriptor, path)
    }
}
