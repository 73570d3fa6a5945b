// SPDX-License-Identifier: MIT

/// The way to a plugin that was handed over to a client: it lives on the
/// pipeline's thread now.
///
/// ```swift
/// let counter = analytics.add(plugin: Counter())
/// let seen: Int? = counter.read { $0.seen }
/// ```
public struct PluginHandle<P>: Sendable {
    let id: UInt64
    weak let runtime: Runtime?

    /// Reads from the plugin on the pipeline's thread, after everything that was
    /// called before. It waits for that; from a plugin it answers at once.
    ///
    /// - Returns: `nil` when the plugin was removed or the client is closed.
    public func read<R: Sendable>(_ body: @escaping @Sendable (P) -> R) -> R? {
        guard let runtime else { return nil }
        if runtime.isOnPipelineThread {
            return (runtime.pipeline.timeline.find(id: id) as? P).map(body)
        }
        let reply = Reply<R?>()
        let id = id
        guard runtime.post(.inspect { timeline in reply.fulfil((timeline.find(id: id) as? P).map(body)) }) else {
            return nil
        }
        return reply.wait() ?? nil
    }

    /// Removes the plugin; it is shut down after the events called before.
    public func remove() { runtime?.removePlugin(id: id) }
}
