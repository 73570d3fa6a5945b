// SPDX-License-Identifier: MIT
import CSystem
import Synchronization

/// Decides whether the client's threads may call the host's code: plugins, closures, deliveries
/// and the error handler.
///
/// ``shut()`` closes it for good. The pipeline then ends without another call of a plugin, and
/// says so by the reply of its close command. The uploader notes each call of a delivery here, so
/// that a close can wait for the one that runs.
///
/// A thread of the host that calls the client may always hear of a problem of that call.
final class CallbackGate: Sendable {
    private let handler: (@Sendable (FootfallError) -> Void)?
    private let shutFlag = Atomic(false)
    /// How many calls of the host's code the uploader's thread is in, one inside the other.
    private let depth = Atomic<Int>(0)
    private let pipelineThread = Atomic<UInt64>(0)
    private let uploaderThread = Atomic<UInt64>(0)

    /// - Parameter handler: The host's error handler.
    init(_ handler: (@Sendable (FootfallError) -> Void)? = nil) { self.handler = handler }

    /// Whether no call of the host's code may begin.
    @inline(__always)
    var isShut: Bool { shutFlag.load(ordering: .acquiring) }

    /// From here on no call of the host's code begins.
    func shut() { shutFlag.store(true, ordering: .sequentiallyConsistent) }

    /// Waits until the uploader's thread is out of the host's code.
    ///
    /// - Parameter limit: The longest wait.
    func waitForUploader(atMost limit: Duration) {
        guard !isOnUploaderThread else { return }
        Polling.wait(atMost: limit) { depth.load(ordering: .sequentiallyConsistent) == 0 }
    }

    // MARK: - The client's threads

    /// The calling thread is the pipeline's from now on.
    func enterPipeline() { pipelineThread.store(ftf_thread_id(), ordering: .releasing) }

    /// The calling thread is the uploader's from now on.
    func enterUploader() { uploaderThread.store(ftf_thread_id(), ordering: .releasing) }

    /// Whether the calling thread is the pipeline's.
    var isOnPipelineThread: Bool { pipelineThread.load(ordering: .acquiring) == ftf_thread_id() }

    /// Whether the calling thread is the uploader's.
    var isOnUploaderThread: Bool { uploaderThread.load(ordering: .acquiring) == ftf_thread_id() }

    /// Calls the host's code on the uploader's thread. `nil` when the gate is shut.
    func pass<R>(_ body: () -> R) -> R? {
        let outside = depth.load(ordering: .relaxed)
        depth.store(outside + 1, ordering: .sequentiallyConsistent)
        defer { depth.store(outside, ordering: .sequentiallyConsistent) }
        // Read after the note above: a close that shuts the gate meanwhile sees the note, or this sees the gate.
        return shutFlag.load(ordering: .sequentiallyConsistent) ? nil : body()
    }

    /// Tells the host of a problem, from any thread.
    func report(_ error: FootfallError) {
        guard let handler else { return }
        if isOnPipelineThread {
            if !isShut { handler(error) }
        } else if isOnUploaderThread {
            pass { handler(error) }
        } else {
            handler(error)
        }
    }

    /// In a forked child, which has other threads. A call of the host's code that forked goes on.
    func startAfreshInChild() {
        depth.store(0, ordering: .relaxed)
        pipelineThread.store(0, ordering: .relaxed)
        uploaderThread.store(0, ordering: .relaxed)
    }
}
