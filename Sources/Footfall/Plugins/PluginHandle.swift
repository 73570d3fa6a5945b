// SPDX-License-Identifier: MIT

/// Gives access to a plugin that was added to a client and lives on the client's
/// pipeline thread.
///
/// ```swift
/// let counter = analytics.add(plugin: Counter())
/// let seen: Int? = counter.read(timeout: .seconds(1)) { $0.seen }
/// counter.perform { $0.seen = 0 }
/// ```
public struct PluginHandle<P>: Sendable {
    package let id: UInt64
    weak let runtime: Runtime?

    /// Reads from the plugin, on the pipeline's thread.
    ///
    /// It waits until everything that was called before is done, so a slow plugin keeps it
    /// waiting. From a plugin it answers at once. An error handler may call it, too.
    ///
    /// - Parameters:
    ///   - timeout: The longest wait. The default is 30 seconds.
    ///   - body: Reads from the plugin. When the time is over before it has begun, it is not
    ///     called any more.
    /// - Returns: `nil` when the plugin was removed, the client is closed, or the time is over.
    public func read<R: Sendable>(
        timeout: Duration = .seconds(30), _ body: @escaping @Sendable (P) -> R
    ) -> R? {
        guard let runtime else { return nil }
        if runtime.isOnPipelineThread {
            return (runtime.pipeline.timeline.find(id: id) as? P).map(body)
        }
        let reply = Reply<R?>()
        let (id, position) = (id, runtime.watch.position)
        let isPosted = runtime.post(
            .inspect { timeline in
                guard !reply.isGivenUp else { return }
                let plugin = timeline.find(id: id) as? P
                reply.fulfil(plugin.flatMap { plugin in position.inside(id) { body(plugin) } })
            })
        guard isPosted else { return nil }
        if let answer = reply.wait(atMost: timeout) { return answer }
        return reply.giveUp() ?? nil
    }

    /// Runs a closure with the plugin on the pipeline's thread, and does not wait for it.
    ///
    /// The closure runs behind everything that was called before. It is not called when the
    /// plugin was removed by then.
    ///
    /// - Returns: false when the client is closed: the closure is not called.
    @discardableResult
    public func perform(_ body: @escaping @Sendable (P) -> Void) -> Bool {
        guard let runtime else { return false }
        let (id, position) = (id, runtime.watch.position)
        return runtime.post(
            .inspect(isUrgent: false) { timeline in
                guard let plugin = timeline.find(id: id) as? P else { return }
                position.inside(id) { body(plugin) }
            })
    }

    /// Removes the plugin. It still sees the events called before, and is shut down then.
    public func remove() { runtime?.removePlugin(id: id) }
}
