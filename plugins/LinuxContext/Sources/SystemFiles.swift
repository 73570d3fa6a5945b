// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import Glibc

/// Reads what describes the machine: files below a root, and the environment. Tests have a
/// root and an environment of their own.
struct SystemFiles: Sendable {
    var root: String
    /// The value of an environment variable that is set, perhaps to nothing.
    var environment: @Sendable (_ name: String) -> String?
    /// The name of the kernel's release and of the processor, as uname(2) has them.
    var kernel: @Sendable () -> (release: String, machine: String)

    static let real = SystemFiles(
        root: "", environment: { StateLocation.setting($0) }, kernel: { Self.unameNow() })

    /// The value of an environment variable that is set and not empty; `nil` when it is too
    /// long to describe a machine: the context of each event would have it.
    func variable(_ name: String) -> String? {
        guard let value = environment(name), !value.isEmpty, value.utf8.count <= 255 else { return nil }
        return value
    }

    /// A small file's text without white space at its ends; `nil` when it is
    /// missing, unreadable or empty.
    func text(_ path: String) -> String? {
        // The field is left out for any reason.
        guard let bytes = try? SmallFile.read(root + path, limit: 64 << 10) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        let isOuter: (Character) -> Bool = { $0.isWhitespace || $0 == "\0" }
        guard let first = text.firstIndex(where: { !isOuter($0) }), let last = text.lastIndex(where: { !isOuter($0) })
        else { return nil }
        return String(text[first...last])
    }

    /// Whether a file begins with a text. A directory does not.
    func begins(_ path: String, with text: String) -> Bool {
        let descriptor = open(root + path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: text.utf8.count)
        return read(descriptor, &bytes, bytes.count) == bytes.count && bytes.elementsEqual(text.utf8)
    }

    func exists(_ path: String) -> Bool { access(root + path, F_OK) == 0 }

    /// The target of a symbolic link.
    func link(_ path: String) -> String? {
        var bytes = [CChar](repeating: 0, count: 1024)
        let count = readlink(root + path, &bytes, bytes.count)
        guard count > 0 else { return nil }
        return String(decoding: bytes.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The names in a directory, sorted.
    func names(in path: String) -> [String] { Listing.names(in: root + path) }

    private static func unameNow() -> (release: String, machine: String) {
        var names = utsname()
        guard uname(&names) == 0 else { return ("", "") }
        func text<T>(_ field: T) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        return (text(names.release), text(names.machine))
    }
}
