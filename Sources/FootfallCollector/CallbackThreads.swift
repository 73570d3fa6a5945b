// SPDX-License-Identifier: MIT
import CSystem

/// The threads that are inside a callback of the host.
///
/// Stopping waits for the collector's threads, which a callback on one of them
/// must not do.
final class CallbackThreads: Sendable {
    private let inside = Guarded<[UInt64]>([])

    /// Calls `body` and has the calling thread marked meanwhile.
    func mark<R>(_ body: () -> R) -> R {
        let id = footfall_thread_id()
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
        let id = footfall_thread_id()
        return inside.withLock { $0.contains(id) }
    }
}
