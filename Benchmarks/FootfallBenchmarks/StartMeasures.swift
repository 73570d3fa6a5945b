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

    /// From fork to the end of the command, which has stored its event by then.
    static let command = Measure(name: "command") { directory in
        let path =
            String(executablePath[..<(executablePath.lastIndex(of: "/") ?? executablePath.startIndex)]) + "/footfall"
        guard access(path, X_OK) == 0 else { return [] }
        setenv("XDG_STATE_HOME", directory, 1)
        setenv("XDG_CONFIG_HOME", directory, 1)
        let arguments = [path, "track", "Door Opened", "door=north", "count:=3"]
        var took: [Int64] = []
        // The same runs without storing, in turn with the others: the cost of starting and ending.
        var starts: [Int64] = []
        for _ in 0..<100 {
            setenv("DO_NOT_TRACK", "0", 1)
            guard let time = Child.time(arguments) else { return [] }
            setenv("DO_NOT_TRACK", "1", 1)
            guard let start = Child.time(arguments) else { return [] }
            took.append(time)
            starts.append(start)
        }
        return [
            ("p50", took.percentile(50) / 1e6), ("p99", took.percentile(99) / 1e6),
            ("start", starts.percentile(50) / 1e6),
        ]
    }

    /// The path of this program.
    static var executablePath: String {
        var bytes = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
