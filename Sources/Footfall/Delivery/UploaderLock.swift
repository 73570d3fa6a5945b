// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// Says that this process, and no other, uploads for a destination. The kernel
/// frees it when its holder dies.
final class UploaderLock {
    private let path: String
    /// Whether the store is in memory: nobody else can deliver from it.
    private let isAlone: () -> Bool
    private var descriptor: Int32 = -1

    init(path: String, isAlone: @escaping () -> Bool = { false }) {
        self.path = path
        self.isAlone = isAlone
    }

    deinit { release() }

    var isHeld: Bool { descriptor >= 0 || isAlone() }

    /// Takes it, if nobody else has it; whether it is held now.
    func acquire() -> Bool {
        if isHeld { return true }
        let opened = footfall_open(path, O_RDWR | O_CREAT)
        guard opened >= 0 else { return false }
        guard footfall_lock_description(opened) == 0 else {
            close(opened)
            return false
        }
        descriptor = opened
        // For people who ask who it is; wrong at worst.
        ftruncate(opened, 0)
        let text = "\(getpid())\n"
        _ = text.withCString { pwrite(opened, $0, strlen($0), 0) }
        return true
    }

    func release() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    /// The process that holds it, as it said itself.
    var holder: String? {
        let opened = footfall_open(path, O_RDONLY)
        guard opened >= 0 else { return nil }
        defer { close(opened) }
        var bytes = [UInt8](repeating: 0, count: 16)
        let got = read(opened, &bytes, bytes.count)
        guard got > 0 else { return nil }
        return String(decoding: bytes.prefix(got), as: UTF8.self).split(separator: "\n").first.map(String.init)
    }
}
