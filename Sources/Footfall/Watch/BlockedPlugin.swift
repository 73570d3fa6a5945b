// SPDX-License-Identifier: MIT
import CSystem
import FootfallJSON
import FootfallStore
import Glibc

/// A plugin that does not return, or has not until a moment ago: what the file of its process
/// in `run/` says.
package struct BlockedPlugin: Sendable, Equatable {
    /// The plugin's name.
    package var plugin: String
    /// The plugin's version.
    package var version: String?
    /// The role and the application of the process, as `app:com.example.Kiosk`.
    package var source: String
    /// The process, by its number in its PID namespace.
    package var process: Int64
    /// The inode of that namespace; 0 if it is not known.
    package var namespace: Int64
    /// Since when the plugin has not returned; a quarter of a second early at most.
    package var since: Timestamp
    /// When it returned; `nil` while it blocks.
    package var until: Timestamp?
    /// Nanoseconds since boot that belong to `since`.
    var sinceBoot: Int64
    var bootID: String

    /// A plugin that has returned is named for so long: a call of two seconds must be seen by an
    /// operator who looks some seconds later.
    static let memory = Duration.seconds(60)

    /// Whether the process is in another PID namespace than this one, such as a container.
    package var isElsewhere: Bool { namespace != Self.ownNamespace }

    /// How long it has not returned, or had not.
    package func duration(at now: Moment) -> Duration {
        if let until { return .milliseconds(max(until.milliseconds - since.milliseconds, 0)) }
        guard now.bootID == bootID else { return .milliseconds(max(now.wall.milliseconds - since.milliseconds, 0)) }
        return .nanoseconds(max(now.bootNanoseconds - sinceBoot, 0))
    }

    /// The inode of `/proc/self/ns/pid`: it tells the processes with one number in different
    /// containers apart. 0 without `/proc`.
    static var ownNamespace: Int64 {
        var status = stat()
        return stat("/proc/self/ns/pid", &status) == 0 ? Int64(bitPattern: UInt64(status.st_ino)) : 0
    }

    /// What an operator is told.
    package func sentence(at now: Moment) -> String {
        let place = isElsewhere ? "process \(process) of another container" : "process \(process)"
        let who = "\(plugin)\(version.map { " \($0)" } ?? "") (\(source), \(place))"
        let time = Self.text(duration(at: now))
        guard let until else { return "\(who) has not returned since \(since) (\(time)): the events behind it wait" }
        return "\(who) did not return for \(time), until \(until)"
    }

    private static func text(_ duration: Duration) -> String {
        let tenths = duration.nanoseconds / 100_000_000
        return tenths < 600 ? "\(tenths / 10).\(tenths % 10) s" : "\(tenths / 600) min"
    }

    /// For `footfall status --json`.
    func statusJSON(at now: Moment) -> JSONObject {
        [
            "plugin": .string(plugin), "version": version.map { .string($0) } ?? .null, "source": .string(source),
            "process": .int(process), "namespace": .int(namespace), "since": .string(since.description),
            "until": until.map { .string($0.description) } ?? .null,
            "milliseconds": .int(duration(at: now).nanoseconds / 1_000_000),
        ]
    }

    // MARK: - The file's text

    var json: JSONObject {
        var object: JSONObject = [
            "version": 1, "plugin": .string(plugin), "source": .string(source), "process": .int(process),
            "namespace": .int(namespace), "since": .int(since.milliseconds), "sinceBoot": .int(sinceBoot),
            "boot": .string(bootID),
        ]
        if let version { object["pluginVersion"] = .string(version) }
        if let until { object["until"] = .int(until.milliseconds) }
        return object
    }

    init(
        plugin: String, version: String?, source: String, since: Timestamp, sinceBoot: Int64, bootID: String
    ) {
        self.plugin = plugin
        self.version = version
        self.source = source
        process = Int64(getpid())
        namespace = Self.ownNamespace
        self.since = since
        self.sinceBoot = sinceBoot
        self.bootID = bootID
    }

    private init?(_ object: JSONObject) {
        guard object["version"] == 1, let plugin = object["plugin"]?.stringValue,
            let source = object["source"]?.stringValue, let process = object["process"]?.intValue,
            let since = object["since"]?.intValue
        else { return nil }
        self.plugin = plugin
        version = object["pluginVersion"]?.stringValue
        self.source = source
        self.process = process
        namespace = object["namespace"]?.intValue ?? 0
        self.since = Timestamp(milliseconds: since)
        until = object["until"]?.intValue.map { Timestamp(milliseconds: $0) }
        sinceBoot = object["sinceBoot"]?.intValue ?? 0
        bootID = object["boot"]?.stringValue ?? ""
    }

    // MARK: - Reading

    /// The plugins that block in living processes, and those that blocked within the last minute.
    /// Changes nothing.
    package static func all(in directory: StateDirectory, at now: Moment) -> [BlockedPlugin] {
        Listing.names(in: directory.run).filter(ProcessFile.isName).compactMap { name in
            let object = ProcessFile.read("\(directory.run)/\(name)")
            guard let found = object.flatMap({ BlockedPlugin($0) }) else { return nil }
            // The wall clock may have been set meanwhile, in either direction.
            if let until = found.until, abs(now.wall.milliseconds - until.milliseconds) > memoryMilliseconds {
                return nil
            }
            return found
        }
    }

    private static var memoryMilliseconds: Int64 { memory.nanoseconds / 1_000_000 }
}
