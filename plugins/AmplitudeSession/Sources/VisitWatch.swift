// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import Glibc

/// Tells the processes of a store that a visit began or ended, by touching a file that all of
/// them watch. Use it on one thread.
final class VisitWatch {
    private let path: String
    private var watched: Int32 = -1
    private var process = getpid()

    init(path: String) { self.path = path }

    deinit { if watched >= 0 { close(watched) } }

    /// The descriptor to poll; −1 before ``start()``.
    ///
    /// A forked child closes its parent's descriptor and opens its own: what one of them reads
    /// the other would miss.
    var descriptor: Int32 {
        if watched >= 0, process != getpid() {
            close(watched)
            watched = -1
            process = getpid()
            start()
        }
        return watched
    }

    /// Begins to watch, once the directory exists.
    func start() {
        guard watched < 0 else { return }
        process = getpid()
        let file = ftf_open(path, O_RDWR | O_CREAT)
        if file >= 0 { close(file) }
        watched = ftf_watch_file(path)
    }

    func drain() { ftf_fd_drain(watched) }

    /// Tells all processes, including this one, which could otherwise miss another's change.
    func touch(isOpen: Bool) { Self.touch(path, isOpen: isOpen) }

    /// Touches the file. It is empty unless a visit is open, and never has the visitor's ids.
    static func touch(_ path: String?, isOpen: Bool) {
        guard let path else { return }
        let file = ftf_open(path, O_RDWR | O_CREAT)
        guard file >= 0 else { return }
        defer { close(file) }
        ftruncate(file, 0)
        if isOpen { _ = write(file, "open\n", 5) }
        // Needed because truncating an empty file notifies no watcher.
        futimens(file, nil)
    }
}
