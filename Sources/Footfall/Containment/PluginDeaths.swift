// SPDX-License-Identifier: MIT
import CSystem
import FootfallJSON
import FootfallStore
import Glibc

/// How often processes of a source died in a plugin soon after their start, and whether it is off because of that.
///
/// ```swift
/// for plugin in PluginDeaths.all(in: directory) where plugin.isOff(at: clock) { print(plugin.name) }
/// ```
package struct PluginDeaths: Sendable, Equatable {
    /// One death.
    package struct Death: Sendable, Equatable {
        /// The number of the process that died: it is counted once.
        var token: UInt64
        /// By the clock as it was.
        package var wall: Timestamp
        var bootNanoseconds: Int64
        /// ``NameHash/sum(_:)`` of the boot's id.
        var bootID: UInt64

        /// How long ago it was. By the time since boot if it is still the same boot, since the wall clock may step.
        func age(at now: Moment) -> Duration {
            if bootID == NameHash.sum(now.bootID) { return .nanoseconds(now.bootNanoseconds &- bootNanoseconds) }
            return .milliseconds(now.wall.milliseconds &- wall.milliseconds)
        }
    }

    /// The application and the role of the processes, as `app:com.example.Kiosk`.
    package var source: String
    /// The name of the plugin.
    package var name: String
    /// The last deaths, the oldest first; three at most.
    package private(set) var deaths: [Death] = []

    /// So many deaths…
    package static let most = 3
    /// …within this time switch a plugin off, for as long.
    package static let period = Duration.seconds(86_400)

    init(source: String, name: String) {
        self.source = source
        self.name = name
    }

    /// Whether the plugin is off: the next process that starts does not call it.
    ///
    /// - Parameter notBefore: A wall time before this is wrong; then the plugin stays off.
    package func isOff(at now: Moment, notBefore: Timestamp = Timestamp(milliseconds: 0)) -> Bool {
        guard deaths.count >= Self.most, let first = deaths.first, let last = deaths.last else { return false }
        return first.span(to: last) < Self.period && isRecent(at: now, notBefore: notBefore)
    }

    /// Whether the last death was in the last 24 hours.
    func isRecent(at now: Moment, notBefore: Timestamp) -> Bool {
        guard let age = deaths.last?.age(at: now) else { return false }
        // The clock of the death was wrong, or the clock of now is.
        if age < Self.period * -1 { return now.wall < notBefore }
        return age < Self.period
    }

    /// When the plugin comes back, by the clock at its last death; `nil` when it is not off.
    package func offUntil(at now: Moment, notBefore: Timestamp = Timestamp(milliseconds: 0)) -> Timestamp? {
        guard isOff(at: now, notBefore: notBefore), let last = deaths.last else { return nil }
        return Timestamp(milliseconds: last.wall.milliseconds &+ Self.period.nanoseconds / 1_000_000)
    }

    /// Notes a death, unless it is known.
    ///
    /// - Returns: whether it is new.
    mutating func add(_ death: Death) -> Bool {
        guard !deaths.contains(where: { $0.token == death.token }) else { return false }
        deaths = (deaths + [death]).suffix(Self.most)
        return true
    }

    // MARK: - The file

    /// The file of a source's deaths: `held/SUM.json`.
    static func file(of source: String, in directory: StateDirectory) -> String {
        "\(directory.held)/\(NameHash.digits(source)).json"
    }

    /// What is known of the plugins of all sources. Changes nothing.
    package static func all(in directory: StateDirectory) -> [PluginDeaths] {
        Listing.names(in: directory.held).filter { $0.hasSuffix(".json") }.flatMap {
            read("\(directory.held)/\($0)")
        }
    }

    /// Reads a file. One that is missing or cannot be read has no deaths.
    static func read(_ path: String) -> [PluginDeaths] {
        guard let bytes = HeldFile.small(path) else { return [] }
        return bytes.withUnsafeBytes { Self.read($0) }
    }

    /// Reads the content of a file.
    static func read(_ bytes: UnsafeRawBufferPointer) -> [PluginDeaths] {
        // Damage: the plugins are called again, and a death is found again.
        guard let value = try? JSONParser.parse(bytes.assumingMemoryBound(to: UInt8.self)),
            let object = value.objectValue, object["version"] == 1, let source = object["source"]?.stringValue
        else { return [] }
        return (object["plugins"]?.arrayValue ?? []).compactMap { value in
            guard let plugin = value.objectValue, let name = plugin["name"]?.stringValue else { return nil }
            var result = PluginDeaths(source: source, name: name)
            result.deaths = (plugin["deaths"]?.arrayValue ?? []).compactMap { Death($0) }.suffix(most)
            return result
        }
    }

    /// Changes a file, under a lock: two processes of a source may start at the same time.
    ///
    /// - Returns: what the file says now.
    static func change(
        _ path: String, of source: String, _ body: (inout [PluginDeaths]) -> Bool
    ) throws(StoreError) -> [PluginDeaths] {
        let guardian = ftf_open("\(path.dropLast(".json".utf8.count)).guard", O_RDWR | O_CREAT)
        defer { if guardian >= 0 { close(guardian) } }
        var pause = timespec(tv_sec: 0, tv_nsec: 1_000_000)
        // The other process writes a file of a few hundred bytes. One that is stopped meanwhile is not waited for.
        for _ in 0..<50 where guardian >= 0 {
            if ftf_lock_description(guardian) == 0 { break }
            nanosleep(&pause, nil)
        }
        var plugins = read(path)
        if body(&plugins) { try write(plugins, of: source, to: path) }
        return plugins
    }

    /// Replaces a file in one step.
    static func write(_ plugins: [PluginDeaths], of source: String, to path: String) throws(StoreError) {
        let list: [JSON] = plugins.map { plugin in
            ["name": .string(plugin.name), "deaths": .array(plugin.deaths.map { .object($0.object) })]
        }
        let object: JSONObject = ["version": 1, "source": .string(source), "plugins": .array(list)]
        var buffer = ByteBuffer()
        buffer.append(json: object)
        do throws(StoreError) {
            try SmallFile.replace(path, with: buffer)
        } catch {
            // An empty directory in its place would hide the deaths for ever.
            guard rmdir(path) == 0 else { throw error }
            try SmallFile.replace(path, with: buffer)
        }
    }
}

extension PluginDeaths.Death {
    init?(_ value: JSON) {
        guard let object = value.objectValue,
            let token = object["token"]?.stringValue.flatMap({ UInt64($0, radix: 16) }),
            let wall = object["at"]?.intValue, let nanoseconds = object["nanoseconds"]?.intValue,
            let boot = object["boot"]?.stringValue.flatMap({ UInt64($0, radix: 16) })
        else { return nil }
        self.init(
            token: token, wall: Timestamp(milliseconds: wall), bootNanoseconds: nanoseconds, bootID: boot)
    }

    fileprivate var object: JSONObject {
        [
            "token": .string(NameHash.digits(token)), "at": .int(wall.milliseconds),
            "nanoseconds": .int(bootNanoseconds), "boot": .string(NameHash.digits(bootID)),
        ]
    }

    /// The time from this death to a later one.
    fileprivate func span(to later: PluginDeaths.Death) -> Duration {
        bootID == later.bootID
            ? .nanoseconds(later.bootNanoseconds &- bootNanoseconds)
            : .milliseconds(later.wall.milliseconds &- wall.milliseconds)
    }
}

extension [PluginDeaths] {
    /// Notes the deaths that marks tell of.
    ///
    /// - Returns: whether one is new.
    mutating func add(_ marks: [PluginMark], source: String) -> Bool {
        var isNews = false
        for mark in marks {
            let place = firstIndex { $0.name == mark.plugin }
            if place == nil { append(PluginDeaths(source: source, name: mark.plugin)) }
            isNews = self[place ?? count - 1].add(PluginDeaths.Death(mark)) || isNews
        }
        return isNews
    }
}

extension PluginDeaths.Death {
    fileprivate init(_ mark: PluginMark) {
        self.init(
            token: mark.token, wall: Timestamp(milliseconds: mark.wall), bootNanoseconds: mark.boot,
            bootID: mark.bootID)
    }
}
