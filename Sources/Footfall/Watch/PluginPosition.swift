// SPDX-License-Identifier: MIT
import Synchronization

/// Which plugin the pipeline is in. The pipeline's thread writes it, any thread reads it.
final class PluginPosition: Sendable {
    /// Stands for the closures of a call, which are no plugin.
    static let closures = UInt64.max

    private let clock: SystemClock
    private let pluginID = Atomic<UInt64>(0)
    private let callCount = Atomic<UInt64>(0)

    init(_ clock: SystemClock = .system) { self.clock = clock }

    /// The id of the plugin; 0 outside of plugins.
    var plugin: UInt64 { pluginID.load(ordering: .acquiring) }

    /// How many calls began that give a plugin no event.
    var calls: UInt64 { callCount.load(ordering: .relaxed) }

    /// Nanoseconds since boot.
    var now: Int64 { clock.boot() }

    // MARK: - The pipeline's thread

    /// The plugin gets an event. Its ``PluginTally`` counts that.
    @inline(__always)
    func enter(_ plugin: UInt64) { pluginID.store(plugin, ordering: .relaxed) }

    @inline(__always)
    func leave() { pluginID.store(0, ordering: .relaxed) }

    /// Calls a plugin for something other than an event.
    func inside<R>(_ plugin: UInt64, _ body: () throws -> R) rethrows -> R {
        callCount.store(calls &+ 1, ordering: .relaxed)
        enter(plugin)
        defer { leave() }
        return try body()
    }
}
