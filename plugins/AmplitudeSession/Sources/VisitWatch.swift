// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import Glibc

/// Tells the processes of a store that a visit began or ended: a file that is
/// touched. By one thread.
final class VisitWatch {
    private let path: String
    private var watched: Int32 = -1
    private var process = getpid()

    init(path: String) { self.path = path }

    deinit { if watched >= 0 { close(watched) } }

    /// To be slept on; −1 before it is started. A forked child has its parent's,
    /// and lets it go: whoever reads it takes the news from the other.
    var descriptor: Int32 {
        if watched >= 0, process != getpid() {
            close(watched)
            watched = -1
            process = getpid()
            start()
        }
        return watched
    }

    /// Watches, once the directory is there.
    func start() {
        guard watched < 0 else { return }
        process = getpid()
        let file = footfall_open(path, O_RDWR | O_CREAT)
        if file >= 0 { close(file) }
        watched = footfall_watch_file(path)
    }

    func drain() { footfall_fd_drain(watched) }

    /// Tells all, this process too: what another one did meanwhile would be missed.
    func touch(isOpen: Bool) { Self.touch(path, isOpen: isOpen) }

    /// The file is empty unless a visit is open; who it is, it does not say.
    static func touch(_ path: String?, isOpen: Bool) {
        guard let path else { return }
        let file = footfall_open(path, O_RDWR | O_CREAT)
        guard file >= 0 else { return }
        defer { close(file) }
        ftruncate(file, 0)
        if isOpen { _ = write(file, "open\n", 5) }
        // A file that was empty and stays so is no change.
        futimens(file, nil)
    }
}
