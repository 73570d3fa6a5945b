// SPDX-License-Identifier: MIT
import Synchronization

/// Which plugin the pipeline is in. The pipeline's thread writes it, any thread reads it.
final class PluginPosition: Sendable {
    /// Stands for the closures of a call, which are no plugin.
    static let closures = UInt64.max

    private let clock: SystemClock
    /// Shut once no plugin may be called any more.
    private let gate: CallbackGate
    private let pluginID = Atomic<UInt64>(0)
    private let callCount = Atomic<UInt64>(0)

    init(_ clock: SystemClock = .system, _ gate: CallbackGate = CallbackGate()) {
        self.clock = clock
        self.gate = gate
    }

    /// The id of the plugin; 0 outside of plugins.
    var plugin: UInt64 { pluginID.load(ordering: .acquiring) }

    /// How many calls began that give a plugin no event.
    var calls: UInt64 { callCount.load(ordering: .relaxed) }

    /// Nanoseconds since boot.
    var now: Int64 { clock.boot() }

    /// Whether no plugin may be called any more.
    @inline(__always)
    var isShut: Bool { gate.isShut }

    // MARK: - The pipeline's thread

    /// The plugin gets an event. Its ``PluginTally`` counts that.
    @inline(__always)
    func enter(_ plugin: UInt64) { pluginID.store(plugin, ordering: .relaxed) }

    @inline(__always)
    func leave() { pluginID.store(0, ordering: .relaxed) }

    /// Calls a plugin for something other than an event; `nil` when no plugin may be called any more.
    @discardableResult
    func inside<R>(_ plugin: UInt64, _ body: () throws -> R) rethrows -> R? {
        guard !isShut else { return nil }
        callCount.store(calls &+ 1, ordering: .relaxed)
        enter(plugin)
        defer { leave() }
        return try body()
    }
}
