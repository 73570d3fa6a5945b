// SPDX-License-Identifier: MIT
import Footfall
import Glibc

/// A directory that is removed with the object.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init() {
        path = "/tmp/footfall-test-\(UUIDv4.random())"
        precondition(mkdir(path, 0o700) == 0, "\(SystemFailure("making", path))")
    }

    deinit { Self.remove(path) }

    /// The path of a file or directory in it.
    package func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file in it anew, and gives its path.
    @discardableResult
    package func write(_ text: String, to name: String) throws -> String { try write(Array(text.utf8), to: name) }

    /// Writes bytes into a file in it anew, and gives its path.
    @discardableResult
    package func write(_ bytes: [UInt8], to name: String) throws -> String {
        let path = self(name)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemFailure("opening", path) }
        defer { close(descriptor) }
        var bytes = bytes[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard written > 0 else { throw SystemFailure("writing", path) }
            bytes = bytes.dropFirst(written)
        }
        return path
    }

    /// The text of a file in it.
    package func text(of name: String) throws -> String { try FileText(self(name)).text() }

    /// The names in a directory of it, sorted.
    package func names(in name: String = "") throws -> [String] { try Self.names(in: self(name)) }

    /// The paths of all files below it, or below a directory of it, sorted.
    package func files(below name: String = "") throws -> [String] { try Self.files(below: self(name)) }

    /// The files below it that have a text in them.
    ///
    /// A file that was removed since its directory was listed has nothing in it.
    package func files(with needle: String, below name: String = "") throws -> [String] {
        try files(below: name).filter { file in
            do {
                return try FileText(file).contains(needle)
            } catch let failure as SystemFailure where failure.errorNumber == ENOENT {
                return false
            }
        }
    }

    private static func names(in path: String) throws -> [String] {
        guard let listing = opendir(path) else { throw SystemFailure("listing", path) }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func files(below path: String) throws -> [String] {
        try names(in: path).flatMap { name -> [String] in
            let file = path.hasSuffix("/") ? "\(path)\(name)" : "\(path)/\(name)"
            var status = stat()
            guard lstat(file, &status) == 0 else {
                if errno == ENOENT { return [] }
                throw SystemFailure("looking at", file)
            }
            return status.st_mode & S_IFMT == S_IFDIR ? try files(below: file) : [file]
        }
    }

    /// Removes a file, or a directory with all that is in it.
    package static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        // A directory that cannot be listed stays; there is no test to fail here any more.
        for name in (try? names(in: path)) ?? [] { remove("\(path)/\(name)") }
        rmdir(path)
    }
}
