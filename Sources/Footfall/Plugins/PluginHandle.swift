// SPDX-License-Identifier: MIT

/// Gives access to a plugin that was added to a client and lives on the client's
/// pipeline thread.
///
/// ```swift
/// let counter = analytics.add(plugin: Counter())
/// let seen: Int? = counter.read { $0.seen }
/// ```
public struct PluginHandle<P>: Sendable {
    let id: UInt64
    weak let runtime: Runtime?

    /// Reads from the plugin, on the pipeline's thread.
    ///
    /// It waits until everything that was called before is done; from a plugin it
    /// answers at once.
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

    /// Removes the plugin. It still sees the events called before, and is shut down then.
    public func remove() { runtime?.removePlugin(id: id) }
}
