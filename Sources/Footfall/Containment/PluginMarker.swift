// SPDX-License-Identifier: MIT
import FootfallStore

/// Writes down which plugin is called, so that the next process knows in which plugin this one died.
///
/// A client has one only after an unclean end, or while there is poison. It belongs to the pipeline's thread.
final class PluginMarker {
    private let clock: SystemClock
    private let gate: MarkGate
    private let token: UInt64
    /// Nanoseconds since boot: when this process began.
    private let begin: Int64
    private let bootID: UInt64
    /// Beside the spool of this process; `nil` once it does not mark its own calls any more.
    private var own: StrikeFile?

    // What the plugins are called for.
    private var file: StrikeFile?
    private var kind = PluginMark.Kind.call
    private var sequence: Int64 = 0
    private var isMarked = false
    /// The name of a plugin that does not get this event, since the event equals poison.
    private var leftOut: String?

    init(_ clock: SystemClock, _ gate: MarkGate, token: UInt64, begin: Int64, own: StrikeFile?) {
        self.clock = clock
        self.gate = gate
        self.token = token
        self.begin = begin
        self.own = own
        bootID = NameHash.sum(clock.bootID)
        file = own
    }

    /// The plugins are called for a record of a spool that this process adopted.
    func begin(record sequence: Int64, beside strikes: StrikeFile) { set(.record, sequence, strikes) }

    /// The plugins are called for something of this process.
    func begin(_ kind: PluginMark.Kind, _ sequence: Int64 = 0) { set(kind, sequence, own) }

    /// That is done.
    func end() { set(.call, 0, own) }

    private func set(_ kind: PluginMark.Kind, _ sequence: Int64, _ file: StrikeFile?) {
        leave()
        leftOut = nil
        self.kind = kind
        self.sequence = sequence
        self.file = file
    }

    /// A plugin does not get this event, since the event equals poison.
    func leaveOut(_ plugin: String) { leftOut = plugin }

    /// Whether a plugin does not get this event.
    func leavesOut(_ plugin: any Plugin) -> Bool { leftOut.map { $0 == PluginMark.name(plugin.name) } ?? false }

    /// A plugin is called next.
    func enter(_ plugin: any Plugin) {
        guard let file else { return }
        let now = clock.moment
        let mark = PluginMark(
            kind: kind, sequence: sequence, plugin: PluginMark.name(plugin.name), token: token,
            age: now.bootNanoseconds &- begin, wall: now.wall.milliseconds, boot: now.bootNanoseconds, bootID: bootID)
        gate.mark(mark, file)
        isMarked = true
    }

    /// No plugin is called now.
    func leave() {
        guard isMarked else { return }
        gate.clear()
        isMarked = false
    }

    /// This process does not mark its own calls any more.
    func endOwn() {
        leave()
        if file === own { file = nil }
        own?.remove()
        own = nil
    }

    var marksOwn: Bool { own != nil }
}
