// SPDX-License-Identifier: MIT
import CSystem
import FootfallJSON
import FootfallStore
import Glibc

/// The file `run/PIDNS-PID`: what other processes, and other copies of this library in the
/// process, learn of a client while it runs.
///
/// It says which SQLite the client has the store open with, and which plugin blocks. It is made
/// when there is something to say, and locked as long as the process lives. So a file that was
/// left behind is known by its missing lock, also when another process has the same number: later,
/// or in another container. A second client of the process that uses the same directory has
/// `PIDNS-PID.2`, and so on.
///
/// Invariant: a file with such a name is locked from the moment at which it has the name.
///
/// From any thread. Its lock is a leaf.
final class ProcessFile: @unchecked Sendable {
    /// Bytes of a file at most. The path of SQLite is the one part without a bound of its own.
    static let longest = 8_192
    /// Clients of one process on one directory that can have a file.
    private static let most = 16

    private let directory: String
    /// The file from which the process's SQLite was loaded, as far as this copy of the library goes.
    private let library: String
    private let lock = Lock()
    // Protected by lock:
    private var base: String
    private var name: String?
    private var descriptor: Int32 = -1
    private var hasStore = false
    private var blocked: BlockedPlugin?
    private var isHeldForFork = false

    /// - Parameter library: The file of SQLite; `nil` for the one that this copy of the library calls.
    init(_ directory: StateDirectory, library: String? = nil) {
        self.directory = directory.run
        self.library = library ?? SQLiteLibrary.path
        base = Self.ownBase
    }

    private static var ownBase: String { "\(BlockedPlugin.ownNamespace)-\(getpid())" }

    deinit { if descriptor >= 0 { close(descriptor) } }

    // MARK: - Two copies of SQLite

    /// Before the store is opened: says with which SQLite.
    ///
    /// Two copies of SQLite in one process must not open one database. The kernel's locks belong to
    /// the process, so each would take the other's, and lose them when the other closes a file.
    ///
    /// - Returns: the file of another SQLite of this process that has the store open; `nil` when the
    ///   store may be opened.
    func openStore() -> String? {
        lock.withLock {
            guard !hasStore else { return nil }
            if let other = otherLibrary(before: Self.most + 1) { return other }
            hasStore = true
            write()
            // Another copy may have come to the same end at the same moment: then the first name goes on.
            guard let own = name, let place = (1...Self.most).first(where: { name(at: $0) == own }),
                let other = otherLibrary(before: place)
            else { return nil }
            hasStore = false
            write()
            return other
        }
    }

    /// The store is closed for good.
    func closeStore() {
        lock.withLock {
            hasStore = false
            write()
        }
    }

    /// Another SQLite that the files of this process name, up to a place.
    private func otherLibrary(before end: Int) -> String? {
        for place in 1..<end where name(at: place) != name {
            let found = Self.read("\(directory)/\(name(at: place))")?["sqlite"]?.stringValue
            if let found, !found.isIdentical(to: library) { return found }
        }
        return nil
    }

    // MARK: - A plugin that blocks

    /// The plugin that blocks, or did until a moment ago; `nil` for none.
    func set(_ blocked: BlockedPlugin?) {
        lock.withLock {
            guard blocked != nil || self.blocked != nil else { return }
            self.blocked = blocked
            write()
        }
    }

    // MARK: - The file

    private func name(at place: Int) -> String { place == 1 ? base : "\(base).\(place)" }

    private var json: JSONObject {
        var object =
            blocked?.json ?? [
                "version": 1, "process": .int(Int64(getpid())), "namespace": .int(BlockedPlugin.ownNamespace),
            ]
        if hasStore { object["sqlite"] = .string(library) }
        return object
    }

    /// Writes the file anew, or removes it. If that is not possible, only this process knows.
    private func write() {
        guard hasStore || blocked != nil else { return remove() }
        if let name {
            // If this is not possible the file says for a while longer what it said.
            guard let written = Self.write(json, to: name, in: directory) else { return }
            close(descriptor)
            descriptor = written
            return
        }
        if mkdir(directory, 0o700) == 0 {
            // Whatever the umask is.
            chmod(directory, 0o700)
        } else if errno != EEXIST {
            return
        }
        for place in 1...Self.most where !Self.isLocked("\(directory)/\(name(at: place))") {
            guard let written = Self.write(json, to: name(at: place), in: directory) else { continue }
            (name, descriptor) = (name(at: place), written)
            return
        }
    }

    private func remove() {
        guard let name else { return }
        unlink("\(directory)/\(name)")
        close(descriptor)
        (self.name, descriptor) = (nil, -1)
    }

    // MARK: - fork

    /// Before fork: waits until no thread writes the file.
    ///
    /// - Parameter deadline: By CLOCK_MONOTONIC.
    func holdForFork(until deadline: Int64) { isHeldForFork = lock.lock(until: deadline) }

    func resumeInParent() {
        if isHeldForFork { lock.unlock() }
        isHeldForFork = false
    }

    /// In a forked child: the file is the parent's, whose lock must not last as long as the child.
    func startAfreshInChild() {
        lock.reinitialize()
        // Otherwise the parent was just changing the number.
        if isHeldForFork, descriptor >= 0 { close(descriptor) }
        isHeldForFork = false
        (base, name, descriptor) = (Self.ownBase, nil, -1)
        (hasStore, blocked) = (false, nil)
    }

    // MARK: - Reading and writing

    /// - Returns: the descriptor of the file, which is locked.
    private static func write(_ json: JSONObject, to name: String, in directory: String) -> Int32? {
        let hidden = "\(directory)/.\(name)"
        // A limit on the length of files must not kill the host.
        var held = ftf_size_signal()
        ftf_size_signal_hold(&held)
        defer { ftf_size_signal_release(&held) }
        let descriptor = ftf_open(hidden, O_RDWR | O_CREAT)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        var text = ByteBuffer()
        text.append(json: json)
        // Another process may have removed the file of a dead one before it was locked here.
        guard ftf_lock_description(descriptor) == 0, fstat(descriptor, &status) == 0, status.st_nlink > 0,
            text.count <= longest, ftruncate(descriptor, 0) == 0,
            text.withBytes({ pwrite(descriptor, $0.baseAddress, $0.count, 0) }) == text.count,
            rename(hidden, "\(directory)/\(name)") == 0
        else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    private static func isLocked(_ path: String) -> Bool {
        let descriptor = ftf_open(path, O_RDONLY)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return ftf_is_description_locked(descriptor) == 1
    }

    /// What the file of a living process says; `nil` for that of a dead one.
    static func read(_ path: String) -> JSONObject? {
        let descriptor = ftf_open(path, O_RDONLY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // Without a lock the process is dead.
        guard ftf_is_description_locked(descriptor) == 1 else { return nil }
        var buffer = ByteBuffer(capacity: longest)
        buffer.appendUninitialized(longest) { max(pread(descriptor, $0.baseAddress, $0.count, 0), 0) }
        // A file that cannot be read is of a later version.
        let value = try? buffer.withBytes { (bytes) throws(JSONError) in try JSONParser.parse(bytes) }
        return value?.objectValue
    }

    // MARK: - Files of dead processes

    /// Whether a file has such a name: `LinuxLifecycle` has files of its own in the directory.
    static func isName(_ name: String) -> Bool {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return false }
        let numbers = [parts[0]] + parts[1].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        return numbers.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
    }

    /// Removes the files that dead processes left.
    static func removeDead(in directory: String) {
        for name in Listing.names(in: directory) where isName(name.hasPrefix(".") ? String(name.dropFirst()) : name) {
            let path = "\(directory)/\(name)"
            let descriptor = ftf_open(path, O_RDWR)
            guard descriptor >= 0 else { continue }
            var status = stat()
            if ftf_lock_description(descriptor) == 0, fstat(descriptor, &status) == 0, status.st_nlink > 0 {
                unlink(path)
            }
            close(descriptor)
        }
    }
}
