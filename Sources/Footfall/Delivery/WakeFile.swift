// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// The file through which processes on one store wake each other: a process touches it,
/// and each uploader watches it with inotify.
///
/// Invariant: while ``isWatched`` is false, ``nextTry`` says when watching is tried again.
/// Without it this process does not hear of opt-outs and requests of other processes.
struct WakeFile {
    private let path: String
    /// An inotify descriptor; -1 while the file is not watched.
    private var descriptor: Int32 = -1
    /// When to try to watch the file, in nanoseconds since boot.
    private(set) var nextTry = Int64.min
    private var delay = WakeFile.shortestDelay

    /// Missing descriptors are mostly a matter of seconds; a directory of no use stays so.
    private static let shortestDelay = Duration.seconds(1).nanoseconds
    private static let longestDelay = Duration.seconds(300).nanoseconds

    init(path: String) { self.path = path }

    var isWatched: Bool { descriptor >= 0 }

    /// Wakes the uploaders that watch the file.
    static func touch(_ path: String) { _ = utimensat(AT_FDCWD, path, nil, 0) }

    /// Watches the file if it is not watched and a try is due.
    ///
    /// - Parameter creates: Whether a missing file is made. Not in another user's
    ///   directory, where root would leave a file that the user cannot touch.
    /// - Returns: whether a touch may have been missed, so that the store must be asked
    ///   for requests of other processes.
    mutating func watch(with poller: Poller, at now: Int64, creates: () -> Bool) -> Bool {
        guard !isWatched, nextTry <= now else { return false }
        if creates() {
            let made = ftf_open(path, O_RDWR | O_CREAT)
            if made >= 0 { close(made) }
        }
        descriptor = ftf_watch_file(path)
        guard isWatched else {
            // The process has no descriptors left, or the directory is of no use.
            nextTry = now + delay
            delay = min(delay * 2, Self.longestDelay)
            return false
        }
        poller.watch(descriptor)
        return nextTry != .min
    }

    /// Whether the file was touched since the last call.
    func wasTouched() -> Bool {
        guard isWatched, ftf_wait_readable_for(descriptor, 0) == 1 else { return false }
        ftf_fd_drain(descriptor)
        return true
    }

    /// Watches no longer. The next watch begins anew.
    mutating func unwatch() {
        if isWatched { close(descriptor) }
        self = WakeFile(path: path)
    }
}
