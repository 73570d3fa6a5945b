// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc

/// A file that other users' programs read.
enum TextFile {
    /// Writes a file with mode 0644 and replaces the one at the path in one step.
    ///
    /// The temporary file beside it has a name that begins with a dot and does not end like the other, so that
    /// the collector of a directory does not read it.
    static func replace(_ path: String, with text: String) throws(CommandExit) {
        guard !path.isEmpty, !path.hasSuffix("/") else {
            throw CommandExit(.usage, "--textfile: \"\(path)\" is no path of a file")
        }
        let slash = path.lastIndex(of: "/")
        let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
        let temporary = "\(directory)/.\(name).\(getpid())"
        // The rest of a process that was killed and had the same number.
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        let isWritten = Console.put(text, to: descriptor) && fchmod(descriptor, 0o644) == 0 && fsync(descriptor) == 0
        guard isWritten else {
            let problem = failure(path)
            close(descriptor)
            unlink(temporary)
            throw problem
        }
        close(descriptor)
        guard rename(temporary, path) == 0 else {
            let problem = failure(path)
            unlink(temporary)
            throw problem
        }
        // Without it a power cut may bring the old file back, which is whole as well.
        Listing.sync(directory)
    }

    private static func failure(_ path: String) -> CommandExit {
        let error = errno
        let cure =
            switch error {
            case ENOENT, ENOTDIR: "make its directory"
            case EACCES, EPERM, EROFS: "name a directory that this user can write to"
            case ENOSPC, EDQUOT: "make room on the disk"
            default: "name another file"
            }
        return CommandExit(.outputFailed, "\(path): it cannot be written: \(String(cString: strerror(error))); \(cure)")
    }
}
