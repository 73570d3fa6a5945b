// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Glibc

/// A file lock of one destination: only the process that holds it delivers. The kernel frees
/// the lock when that process dies.
final class UploaderLock {
    private let path: String
    /// Whether the store is in memory: no other process can deliver from it.
    private let isAlone: () -> Bool
    private var descriptor: Int32 = -1

    /// The result of trying to take the lock.
    enum Acquisition {
        case held
        /// Another process delivers.
        case heldElsewhere
        /// The lock's file cannot be used: this process must not deliver, as another may.
        case unusable(StoreError)
    }

    /// Which process delivers, as other processes see it.
    enum Holder {
        /// No process delivers.
        case unheld
        /// The process number that the holder wrote into the file.
        case process(String)
        case unusable(StoreError)
    }

    init(path: String, isAlone: @escaping () -> Bool = { false }) {
        self.path = path
        self.isAlone = isAlone
    }

    deinit { release() }

    var isHeld: Bool { descriptor >= 0 || isAlone() }

    /// Takes the lock, if no other process has it.
    func acquire() -> Acquisition {
        if isHeld { return .held }
        let opened = ftf_open(path, O_RDWR | O_CREAT)
        guard opened >= 0 else { return .unusable(Self.problem(path, errno)) }
        let failed = ftf_lock_description(opened)
        guard failed == 0 else {
            close(opened)
            return failed == EAGAIN || failed == EACCES ? .heldElsewhere : .unusable(Self.problem(path, failed))
        }
        descriptor = opened
        // Shown to people only: a wrong number does no harm.
        ftruncate(opened, 0)
        let text = "\(getpid())\n"
        _ = text.withCString { pwrite(opened, $0, strlen($0), 0) }
        return .held
    }

    func release() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    /// The process number that the holder wrote; `nil` when no process holds the lock.
    var holder: String? {
        guard case .process(let name) = Self.holder(of: path) else { return nil }
        return name
    }

    /// Says which process holds a lock, without taking the lock or making its file.
    static func holder(of path: String) -> Holder {
        let opened = ftf_open(path, O_RDONLY)
        if opened < 0, errno == ENOENT { return .unheld }
        guard opened >= 0 else { return .unusable(problem(path, errno)) }
        defer { close(opened) }
        // Root can open a file that the owner of the directory cannot.
        if isForeign(path) { return .unusable(problem(path, EACCES)) }
        guard ftf_is_description_locked(opened) == 1 else { return .unheld }
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = max(pread(opened, &bytes, bytes.count, 0), 0)
        let text = String(decoding: bytes.prefix(count), as: UTF8.self)
        return .process(text.split(separator: "\n").first.map(String.init) ?? "?")
    }

    /// Whether the file belongs to another user than the directory it lies in.
    private static func isForeign(_ path: String) -> Bool {
        guard let slash = path.lastIndex(of: "/") else { return false }
        var file = stat()
        var directory = stat()
        guard lstat(path, &file) == 0, stat(String(path[..<slash]), &directory) == 0 else { return false }
        return file.st_uid != directory.st_uid
    }

    /// The problem with the lock's file, and the cure.
    private static func problem(_ path: String, _ error: Int32) -> StoreError {
        var problem = StoreError.system("opening the lock \(path)", error)
        var entry = stat()
        guard problem.isUnusable, lstat(path, &entry) == 0 else { return problem }
        if entry.st_mode & S_IFMT == S_IFLNK { problem.detail = "it is a symbolic link" }
        if isForeign(path) { problem.detail = "it belongs to another user (\(entry.st_uid))" }
        let isOwn = entry.st_uid == geteuid()
        problem.detail += "; remove it: \(isOwn ? "" : "sudo ")rm '\(path)'"
        return problem
    }
}
