// SPDX-License-Identifier: MIT

/// One plugin in its place in a chain.
struct ChainLink {
    private let plugin: any Plugin
    /// The plugin, if it can throw: a cast takes longer than a plugin.
    private let throwing: (any ThrowingPlugin)?

    init(_ plugin: any Plugin) {
        self.plugin = plugin
        throwing = plugin as? any ThrowingPlugin
    }

    /// Runs the plugin. An event at which the plugin throws goes on as it was.
    ///
    /// - Parameter failed: Told of what the plugin threw.
    @inline(__always)
    func run(_ event: inout Event, failed: (any Plugin, any Error) -> Void) -> Verdict {
        guard let throwing else { return plugin.execute(&event) }
        return attempt(throwing, &event, failed)
    }

    private func attempt(
        _ plugin: any ThrowingPlugin, _ event: inout Event, _ failed: (any Plugin, any Error) -> Void
    ) -> Verdict {
        let copy = event
        do {
            return try plugin.attempt(&event)
        } catch {
            event = copy
            failed(plugin, error)
            return .keep
        }
    }
}
