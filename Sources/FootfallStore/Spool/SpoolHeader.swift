// SPDX-License-Identifier: MIT
import CSystem
import FootfallJSON
import Glibc

/// What a spool's lock file says about the spool: JSON.
package struct SpoolHeader: Sendable, Equatable {
    /// Why records are held back.
    package enum Reason: String, Sendable, CaseIterable {
        /// Two processes died in a plugin at the record.
        case poison
        /// The plugin is off, since the process died in it again and again.
        case off
        /// No process knows the type of the plugin.
        case unknown
        /// Poison that an operator released: the next process takes it up.
        case retry
    }

    /// What the lock file of a held file says besides.
    package struct Held: Sendable, Equatable {
        /// The name of the plugin that the records wait for.
        package var plugin: String
        package var reason: Reason
        /// The spool or the held file that the records come from. While it exists, it may have them, too.
        package var origin: String
        /// The counter `lived` when the last record came. The age of the records is measured by it.
        package var lived: Int64

        package init(plugin: String, reason: Reason, origin: String, lived: Int64) {
            self.plugin = plugin
            self.reason = reason
            self.origin = origin
            self.lived = lived
        }
    }

    /// The application and its role; only they may take up the records.
    package var source: String
    /// The boot in which the records were stamped.
    package var bootID: String
    /// The last erasure before the records; `nil` when an earlier version made the spool.
    package var erasure: Int64?
    /// `nil` for the spool of a process.
    package var held: Held?

    package init(source: String, bootID: String, erasure: Int64?, held: Held? = nil) {
        self.source = source
        self.bootID = bootID
        self.erasure = erasure
        self.held = held
    }

    /// Milliseconds: longer than any machine runs, and little enough that sums do not overflow.
    private static let mostLived: Int64 = 1 << 50

    /// Bytes that are read of a lock file.
    static let limit = 4_096

    /// Reads a lock file; `nil` for a file that is none.
    init?(_ descriptor: Int32) {
        var buffer = ByteBuffer(capacity: Self.limit)
        buffer.appendUninitialized(Self.limit) { max(pread(descriptor, $0.baseAddress, $0.count, 0), 0) }
        let header = buffer.withBytes { SpoolHeader(UnsafeRawBufferPointer($0)) }
        guard let header else { return nil }
        self = header
    }

    /// Reads the content of a lock file; `nil` when it is none.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        // A file that cannot be read is not the lock file of a spool.
        guard
            let value = try? JSONParser.parse(bytes.assumingMemoryBound(to: UInt8.self)),
            let object = value.objectValue, object["version"] == 1, let source = object["source"]?.stringValue,
            let boot = object["boot"]?.stringValue
        else { return nil }
        self.init(source: source, bootID: boot, erasure: object["erasure"]?.intValue)
        guard let plugin = object["plugin"]?.stringValue,
            let reason = object["reason"]?.stringValue.flatMap({ Reason(rawValue: $0) })
        else { return }
        held = Held(
            plugin: plugin, reason: reason, origin: object["origin"]?.stringValue ?? "",
            lived: min(max(object["lived"]?.intValue ?? 0, 0), Self.mostLived))
    }

    private var object: JSONObject {
        var object: JSONObject = ["version": 1, "source": .string(source), "boot": .string(bootID)]
        if let erasure { object["erasure"] = .int(erasure) }
        if let held {
            object["plugin"] = .string(held.plugin)
            object["reason"] = .string(held.reason.rawValue)
            object["origin"] = .string(held.origin)
            object["lived"] = .int(held.lived)
        }
        return object
    }

    /// Writes the content of a lock file, with one write. That of a held file always has the same length, so a
    /// later one replaces it whole.
    ///
    /// - Returns: 0, or an errno.
    func write(to descriptor: Int32) -> Int32 {
        var buffer = ByteBuffer(capacity: Self.limit)
        buffer.append(json: object)
        if held != nil {
            guard buffer.count < Self.limit else { return ENAMETOOLONG }
            while buffer.count < Self.limit { buffer.append(UInt8(ascii: " ")) }
        }
        let count = buffer.count
        // On a thread of the host, whom a file-size limit of 0 would end by SIGXFSZ.
        var held = ftf_size_signal()
        ftf_size_signal_hold(&held)
        defer { ftf_size_signal_release(&held) }
        let written = buffer.withBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        return written == count ? 0 : written < 0 ? errno : ENOSPC
    }
}
