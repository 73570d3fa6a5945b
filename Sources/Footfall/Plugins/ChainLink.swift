// SPDX-License-Identifier: MIT

/// One plugin in its place in a chain.
struct ChainLink {
    let plugin: any Plugin
    let tally: PluginTally
    /// The plugin, if it can throw: a cast takes longer than a plugin.
    private let throwing: (any ThrowingPlugin)?

    init(_ plugin: any Plugin, id: UInt64) {
        self.plugin = plugin
        tally = PluginTally(plugin, id: id)
        throwing = plugin as? any ThrowingPlugin
    }

    var id: UInt64 { tally.id }

    /// Runs the plugin, and counts the event. An event at which the plugin throws goes on as it
    /// was.
    ///
    /// - Parameter failed: Told of what the plugin threw.
    @inline(__always)
    func run(
        _ event: inout Event, _ position: PluginPosition, failed: (any Plugin, any Error) -> Void
    ) -> Verdict {
        position.enter(tally.id)
        guard !tally.countEvent() else { return runTimed(&event, position, failed) }
        return call(&event, failed)
    }

    @inline(never)
    private func runTimed(
        _ event: inout Event, _ position: PluginPosition, _ failed: (any Plugin, any Error) -> Void
    ) -> Verdict {
        let begin = position.now
        defer { tally.took(position.now &- begin) }
        return call(&event, failed)
    }

    @inline(__always)
    private func call(_ event: inout Event, _ failed: (any Plugin, any Error) -> Void) -> Verdict {
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
            tally.countError()
            failed(plugin, error)
            return .keep
        }
    }
}
