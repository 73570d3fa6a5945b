// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import Glibc

/// A directory that is removed with the object.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        path = "/tmp/footfall-reliability-\(UUIDv4.random())"
        mkdir(path, 0o700)
    }

    deinit { Self.remove(path) }

    /// The path of a file or directory in it.
    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    func write(_ text: String, to name: String) {
        let descriptor = open(self(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        _ = text.withCString { Glibc.write(descriptor, $0, strlen($0)) }
        close(descriptor)
    }

    func text(of name: String) -> String {
        // A file that is not there has nothing in it.
        (try? SmallFile.read(self(name), limit: 1 << 30)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// The names in a directory of it.
    func names(in name: String) -> [String] {
        guard let listing = opendir(self(name)) else { return [] }
        defer { closedir(listing) }
        return Self.names(listing)
    }

    private static func names(_ listing: OpaquePointer) -> [String] {
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    static func remove(_ path: String) {
        guard let listing = opendir(path) else {
            unlink(path)
            return
        }
        for name in names(listing) { remove("\(path)/\(name)") }
        closedir(listing)
        rmdir(path)
    }
}
