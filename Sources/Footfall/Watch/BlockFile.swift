// SPDX-License-Identifier: MIT
import CSystem
import FootfallJSON
import FootfallStore
import Glibc

/// The file `run/PIDNS-PID`, by which other processes learn that a plugin of this one blocks.
///
/// It is locked as long as the process lives, so a file that was left behind is known by its
/// missing lock, also when another process has the same number: later, or in another container.
/// A second client of the process that uses the same directory has `PIDNS-PID.2`, and so on.
///
/// Invariant: a file with such a name is locked from the moment at which it has the name.
final class BlockFile {
    /// Bytes of a file at most.
    static let longest = 4_096
    /// Clients of one process on one directory that can have a file.
    private static let most = 16

    private let directory: String
    private let name: String
    private var descriptor: Int32

    private init(directory: String, name: String, descriptor: Int32) {
        self.directory = directory
        self.name = name
        self.descriptor = descriptor
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Writes a file in a directory, which is made if it is missing. `nil` when that is not
    /// possible: then only this process knows.
    static func make(in directory: String, _ found: BlockedPlugin) -> BlockFile? {
        if mkdir(directory, 0o700) != 0, errno != EEXIST { return nil }
        let base = "\(found.namespace)-\(found.process)"
        for number in 1...most {
            let name = number == 1 ? base : "\(base).\(number)"
            guard !isLocked("\(directory)/\(name)"), let descriptor = write(name, in: directory, found) else {
                continue
            }
            return BlockFile(directory: directory, name: name, descriptor: descriptor)
        }
        return nil
    }

    /// Writes the file anew.
    func replace(with found: BlockedPlugin) {
        // If this is not possible the file says for a while longer that the plugin blocks.
        guard let written = Self.write(name, in: directory, found) else { return }
        close(descriptor)
        descriptor = written
    }

    /// Removes the file.
    func remove() {
        unlink("\(directory)/\(name)")
        leave()
    }

    /// In a forked child: the file is the parent's, whose lock must not last as long as the child.
    func leave() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    /// - Returns: the descriptor of the file, which is locked.
    private static func write(_ name: String, in directory: String, _ found: BlockedPlugin) -> Int32? {
        let hidden = "\(directory)/.\(name)"
        // A limit on the length of files must not kill the host.
        var held = ftf_size_signal()
        ftf_size_signal_hold(&held)
        defer { ftf_size_signal_release(&held) }
        let descriptor = ftf_open(hidden, O_RDWR | O_CREAT)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        var text = ByteBuffer()
        text.append(json: found.json)
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
