// SPDX-License-Identifier: MIT
import CSystem

/// The threads that run a callback of the host.
///
/// Stopping the collector waits for its threads. A callback that stops it runs on one of
/// these threads, so it must not wait.
final class CallbackThreads: Sendable {
    private let inside = Guarded<[UInt64]>([])

    /// Calls `body` while the calling thread counts as inside a callback.
    func mark<R>(_ body: () -> R) -> R {
        let id = ftf_thread_id()
        inside.withLock { $0.append(id) }
        defer {
            inside.withLock { inside in
                if let at = inside.lastIndex(of: id) { inside.remove(at: at) }
            }
        }
        return body()
    }

    /// Whether the calling thread is inside a callback.
    var isCurrent: Bool {
        let id = ftf_thread_id()
        return inside.withLock { $0.contains(id) }
    }
}
