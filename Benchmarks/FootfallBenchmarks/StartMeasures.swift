// SPDX-License-Identifier: MIT
import CLimits
import Footfall
import Glibc

extension Measure {
    /// From fork to the return of the first call, in a host that does nothing else.
    static let firstTrack = Measure(name: "first-track") { directory in
        var took: [Int64] = []
        for _ in 0..<200 {
            let begin = ftf_limits_now()
            guard let text = Child.run([executablePath, "--host", directory]), let end = Int64(text) else { return [] }
            took.append(end - begin)
        }
        return [("p50", took.percentile(50) / 1e6), ("p99", took.percentile(99) / 1e6)]
    }

    /// The host of `firstTrack`: prints the time at which its call had returned.
    static func runHost(_ directory: String) {
        let analytics = Analytics(
            configuration: Configuration(writeKey: "KEY").application(id: "com.example.Host", version: "1.0")
                .stateDirectory(directory))
        analytics.track(name: "Started", properties: ["mode": "kiosk"])
        let end = "\(ftf_limits_now())"
        _ = end.withCString { write(1, $0, strlen($0)) }
        analytics.close()
    }

    /// From fork to the end of the command, which has stored its event by then, and of logger(1), which hands a line
    /// to a socket. The command is the installed one, which `make command` makes.
    static let command = Measure(name: "command") { directory in
        let path = ".build/command/bin/footfall"
        guard access(path, X_OK) == 0 else { return [] }
        setenv("XDG_STATE_HOME", directory, 1)
        setenv("XDG_CONFIG_HOME", directory, 1)
        let arguments = [path, "track", "Door Opened", "door=north", "count:=3"]
        let socket = ftf_limits_log_socket("\(directory)/log")
        guard socket >= 0 else { return [] }
        defer { close(socket) }
        let logger = ["/usr/bin/logger", "--socket", "\(directory)/log", "Door Opened door=north count=3"]
        let hasLogger = access(logger[0], X_OK) == 0
        var took: [Int64] = []
        // In turn with the others: the same runs without storing, which start and end; logger; and the sync of a
        // transaction, which is the disk's and no program's.
        var (starts, logged, syncs): ([Int64], [Int64], [Int64]) = ([], [], [])
        // And the whole command, which the small program becomes.
        var wholes: [Int64] = []
        for _ in 0..<200 {
            setenv("DO_NOT_TRACK", "0", 1)
            guard let time = Child.time(arguments) else { return [] }
            setenv("DO_NOT_TRACK", "1", 1)
            guard let start = Child.time(arguments) else { return [] }
            if hasLogger, let time = Child.time(logger) { logged.append(time) }
            ftf_limits_drain(socket)
            guard let whole = Child.time([path, "--version"]) else { return [] }
            wholes.append(whole)
            let sync = ftf_limits_sync("\(directory)/sync", 8 << 10)
            guard sync >= 0 else { return [] }
            took.append(time)
            starts.append(start)
            syncs.append(sync)
        }
        let (p50, sync) = (took.percentile(50) / 1e6, syncs.percentile(50) / 1e6)
        return [
            ("p50", p50), ("p99", took.percentile(99) / 1e6), ("start", starts.percentile(50) / 1e6),
            ("whole", wholes.percentile(50) / 1e6), ("sync", sync), ("unsynced", p50 - sync),
        ] + (logged.isEmpty ? [] : [("logger", logged.percentile(50) / 1e6)])
    }

    /// The path of this program.
    static var executablePath: String {
        var bytes = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
