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

    /// Milliseconds. As stored events, held ones are on the disk after a few seconds.
    private static let syncDelay = Limits.syncDelay.nanoseconds / 1_000_000

    private let directory: StateDirectory
    private let source: String
    private let lived: () throws(StoreError) -> Int64
    private var files: [String: HeldFile] = [:]
    /// Bytes of all files for a plugin, by the plugin's name; those of poison apart.
    private var sizes: [String: Int] = [:]
    /// Milliseconds, as ``lived``.
    private var syncedAt: Int64 = 0
    private var record = ByteBuffer(capacity: 4_096)

    /// - Parameter lived: How long the machine was up since the store was made, in milliseconds.
    init(_ directory: StateDirectory, source: String, lived: @escaping () throws(StoreError) -> Int64) {
        self.directory = directory
        self.source = source
        self.lived = lived
    }

    /// Writes an event as it was called.
    ///
    /// - Returns: false when there is no room for it, so that it has to be dropped.
    func write(
        _ event: borrowing Event, sequence: Int64, of origin: Origin, for hold: PluginSwitches.Hold
    ) throws(StoreError) -> Bool {
        record.removeAll()
        SpoolRecord.begin(&record)
        EventRecord.write(event, to: &record)
        SpoolRecord.finish(&record, sequence: sequence)
        let now = try lived()
        let size = try sizeOfAll(hold)
        let limit = hold.reason == .poison ? Self.mostPoisonBytes : Self.mostBytes
        guard size + record.count <= limit else { return false }
        let file = try file(for: sequence, of: origin, hold, now)
        let before = file.size
        try file.append(record, sequence: sequence, lived: now)
        sizes[Self.key(hold), default: 0] += file.size - before
        if now - syncedAt >= Self.syncDelay {
            sync()
            syncedAt = now
        }
        return true
    }

    /// Waits until the disk has all records.
    func sync() { for file in files.values { file.sync() } }

    /// Closes the files of a spool, so that other processes may take them up.
    func close(origin: String) {
        for (key, file) in files where key.hasPrefix("\(origin)\n") {
            file.sync()
            files[key] = nil
        }
    }

    /// Closes all files.
    func closeAll() {
        sync()
        drop()
    }

    /// Leaves the files as they are. In a forked child they are its parent's.
    func drop() {
        files = [:]
        sizes = [:]
    }

    private static func key(_ hold: PluginSwitches.Hold) -> String { "\(hold.plugin)\n\(hold.reason == .poison)" }

    private func sizeOfAll(_ hold: PluginSwitches.Hold) throws(StoreError) -> Int {
        if let known = sizes[Self.key(hold)] { return known }
        try directory.createHeld()
        let files = HeldFile.all(in: directory.held).filter {
            $0.header.source == source && $0.held.plugin == hold.plugin
                && ($0.held.reason == .poison) == (hold.reason == .poison)
        }
        let size = files.reduce(0) { $0 + Int(clamping: $1.bytes) }
        sizes[Self.key(hold)] = size
        return size
    }

    private func file(
        for sequence: Int64, of origin: Origin, _ hold: PluginSwitches.Hold, _ now: Int64
    ) throws(StoreError) -> HeldFile {
        var part = 0
        while true {
            let key = "\(origin.id)\n\(hold.plugin)\n\(hold.reason.rawValue)\n\(part)"
            // An opt-out may have removed it.
            if let file = files[key], file.isRemoved { files[key] = nil }
            let header = SpoolHeader(
                source: source, bootID: origin.bootID, erasure: origin.erasure,
                held: SpoolHeader.Held(plugin: hold.plugin, reason: hold.reason, origin: origin.id, lived: now))
            let file =
                if let known = files[key] { known } else {
                    try HeldFile(directory: directory.held, header: header, part: part)
                }
            files[key] = file
            if file.takes(sequence) { return file }
            part += 1
        }
    }
}
