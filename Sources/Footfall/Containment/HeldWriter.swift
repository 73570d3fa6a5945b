// SPDX-License-Identifier: MIT
import FootfallStore

/// Writes events that leave the chain into files of the directory `held`.
///
/// It belongs to the pipeline's thread.
final class HeldWriter {
    /// Where an event comes from.
    struct Origin {
        /// The spool or the held file that has its record, or a name of this process's own.
        var id: String
        /// The boot in which it was stamped.
        var bootID: String
        var erasure: Int64

        init(id: String, bootID: String, erasure: Int64) {
            (self.id, self.bootID, self.erasure) = (id, bootID, erasure)
        }

        /// What the runs of a command share in one hour of a boot. Each is a process, and would otherwise have a file for
        /// its one event. The time since boot numbers the events of all runs.
        ///
        /// - Parameter nanoseconds: The time since boot.
        init(ofCommandAt nanoseconds: Int64, bootID: String, erasure: Int64) {
            let hour = nanoseconds / Duration.seconds(3_600).nanoseconds
            self.init(id: "command-\(erasure)-\(hour)-\(NameHash.digits(bootID))", bootID: bootID, erasure: erasure)
        }
    }

    /// Bytes of events for one source and plugin. As many as a spool may have.
    static let mostBytes = 16 << 20
    /// Bytes of poison for one source and plugin: a few thousand usual events, since each of them cost two deaths.
    static let mostPoisonBytes = 1 << 20

    /// After so many parts of its limit this process measures again what all processes hold.
    private static let measuredPart = 16
    /// Milliseconds. While there is no room, it measures again as often as this.
    private static let fullPause: Int64 = 1_000
    /// More files of one spool and plugin than this are not passed over.
    private static let mostUnusable = 8

    /// How much is held for a plugin, by all processes.
    private struct Room {
        var bytes: Int
        /// Bytes that this process added since it measured.
        var added = 0
        /// Milliseconds, as ``lived``: when there was no room; `nil` when there was.
        var fullAt: Int64?
    }

    private let directory: StateDirectory
    private let source: String
    private let boot: () -> Int64
    private let lived: () throws(StoreError) -> Int64
    private var files: [String: HeldFile] = [:]
    /// The names of files that cannot be used, since something else is in their place.
    private var unusable: Set<String> = []
    /// By the plugin's name; that of poison apart.
    private var rooms: [String: Room] = [:]
    /// Nanoseconds since boot: since when a power cut would lose something that is held.
    private var dirtySince: Int64?
    private var record = ByteBuffer(capacity: 4_096)

    /// - Parameters:
    ///   - boot: Nanoseconds since boot.
    ///   - lived: How long the machine was up since the store was made, in milliseconds.
    init(
        _ directory: StateDirectory, source: String, boot: @escaping () -> Int64,
        lived: @escaping () throws(StoreError) -> Int64
    ) {
        self.directory = directory
        self.source = source
        self.boot = boot
        self.lived = lived
    }

    /// Writes a call as it was made.
    ///
    /// - Returns: why it has to be dropped; `nil` when it is held.
    func write(
        _ call: SpooledCall, sequence: Int64, of origin: Origin, for hold: PluginSwitches.Hold
    ) throws(StoreError) -> DropReason? {
        record.removeAll()
        SpoolRecord.begin(&record)
        switch call {
        case .event(let event): EventRecord.write(event, to: &record)
        case .reset(let reset): EventRecord.write(reset, to: &record)
        case .visit(let call): EventRecord.write(call, to: &record)
        }
        SpoolRecord.finish(&record, sequence: sequence)
        // No reader takes a record of any length, and no destination takes such an event.
        guard !EventSize.isSurelyTooLarge(recordBytes: record.count) else { return .tooLarge }
        let now = try lived()
        guard try hasRoom(hold, now) else { return .overflow }
        let file = try file(for: sequence, of: origin, hold, now)
        let before = file.size
        try file.append(record, sequence: sequence, lived: now)
        rooms[Self.key(hold)]?.bytes += file.size - before
        rooms[Self.key(hold)]?.added += file.size - before
        let time = boot()
        dirtySince = dirtySince ?? time
        if time >= syncDeadline { sync() }
        return nil
    }

    /// Nanoseconds since boot: when what is held must be on the disk, as what is stored.
    var syncDeadline: Int64 { dirtySince.map { $0 + Limits.syncDelay.nanoseconds } ?? .max }

    /// Waits until the disk has all records.
    func sync() {
        for file in files.values { file.sync() }
        dirtySince = nil
    }

    /// Closes the files of a spool, so that other processes may take them up.
    func close(origin: String) {
        for (key, file) in files where key.hasPrefix("\(origin)\n") {
            file.sync()
            files[key] = nil
        }
        unusable = unusable.filter { !$0.hasPrefix("\(origin)\n") }
    }

    /// Closes all files.
    func closeAll() {
        sync()
        drop()
    }

    /// Leaves the files as they are. In a forked child they are its parent's.
    func drop() {
        files = [:]
        unusable = []
        rooms = [:]
        dirtySince = nil
    }

    private static func key(_ hold: PluginSwitches.Hold) -> String { "\(hold.plugin)\n\(hold.reason == .poison)" }

    /// Whether there is room for the record. Other processes of the source hold events as well, and take them up.
    private func hasRoom(_ hold: PluginSwitches.Hold, _ now: Int64) throws(StoreError) -> Bool {
        let limit = hold.reason == .poison ? Self.mostPoisonBytes : Self.mostBytes
        var room: Room
        if let known = rooms[Self.key(hold)] {
            room = known
            let isFull = room.bytes + record.count > limit
            let isOld =
                isFull
                ? room.fullAt.map { now - $0 >= Self.fullPause } ?? true : room.added >= limit / Self.measuredPart
            if isOld { room = Room(bytes: measure(hold)) }
        } else {
            try directory.createHeld()
            room = Room(bytes: measure(hold))
        }
        let isFull = room.bytes + record.count > limit
        room.fullAt = isFull ? room.fullAt ?? now : nil
        rooms[Self.key(hold)] = room
        return !isFull
    }

    private func measure(_ hold: PluginSwitches.Hold) -> Int {
        HeldFile.all(in: directory.held).filter {
            $0.header.source == source && $0.held.plugin == hold.plugin
                && ($0.held.reason == .poison) == (hold.reason == .poison)
        }.reduce(0) { $0 + Int(clamping: $1.bytes) }
    }

    private func file(
        for sequence: Int64, of origin: Origin, _ hold: PluginSwitches.Hold, _ now: Int64
    ) throws(StoreError) -> HeldFile {
        let header = SpoolHeader(
            source: source, bootID: origin.bootID, erasure: origin.erasure,
            held: SpoolHeader.Held(plugin: hold.plugin, reason: hold.reason, origin: origin.id, lived: now))
        var part = 0
        var passed: [String] = []
        while true {
            let key = "\(origin.id)\n\(hold.plugin)\n\(hold.reason.rawValue)\n\(part)"
            if !unusable.contains(key) {
                do throws(StoreError) {
                    let file = try file(key, header, part)
                    if file.takes(sequence) {
                        unusable.formUnion(passed)
                        return file
                    }
                } catch {
                    passed.append(key)
                    guard passed.count <= Self.mostUnusable, HeldFile.canUseAnotherPart(after: error) else {
                        throw error
                    }
                }
            }
            part += 1
        }
    }

    private func file(_ key: String, _ header: SpoolHeader, _ part: Int) throws(StoreError) -> HeldFile {
        // An opt-out may have removed it.
        if let known = files[key], !known.isRemoved { return known }
        let file = try HeldFile(directory: directory.held, header: header, part: part)
        files[key] = file
        return file
    }
}
