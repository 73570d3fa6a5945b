// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import Glibc
import SegmentDestination

/// Replays two weeks of departures through the library. Each flight is a past event;
/// 30 minutes without a departure end a session.
///
///     airport-kiosk FILE STATE-DIRECTORY ENDPOINT
@main
struct AirportKiosk {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let lines = Lines(path: arguments[1]) else {
            print("usage: airport-kiosk FILE STATE-DIRECTORY ENDPOINT")
            exit(64)
        }
        let analytics = Analytics(
            configuration: Configuration(writeKey: "AIRPORT")
                .application(id: "org.example.AirportKiosk", version: "1.0.0", build: "1")
                .stateDirectory(arguments[2])
                .errorHandler { print("kiosk: \($0)") })
        analytics.add(plugin: SegmentDestination(endpoint: arguments[3]))

        var replay = SessionReplay(configuration: .web)
        var read = 0
        for line in lines.all {
            guard let departure = event(from: line), let events = try? replay.add(departure) else {
                print("kiosk: line \(read + 1) is not an event, or is earlier than the line before it")
                exit(65)
            }
            read += 1
            for event in events { analytics.process(event) }
            // A kiosk has minutes between its events; a replay must wait until they are stored.
            if read % 1_000 == 0 { _ = analytics.flush(timeout: .zero) }
        }
        for event in replay.finish() { analytics.process(event) }

        let report = analytics.flush(timeout: .seconds(30))
        let counters = analytics.counters
        print("read \(read), stored \(counters.stored), sessions \(replay.sessions)")
        print("delivered \(counters.delivered), queued \(report.queued), batches \(counters.batches)")
        analytics.close()
        exit(report.queued == 0 ? 0 : 75)
    }

    /// Reads a line of the file, which is an event in Segment's form.
    private static func event(from line: String) -> Event? {
        var line = line
        return line.withUTF8 { try? EventReader.read($0) }
    }
}

/// The lines of a file.
private struct Lines {
    let all: [String]

    init?(path: String) {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var lines: [String] = []
        var buffer: UnsafeMutablePointer<CChar>?
        var size = 0
        defer { free(buffer) }
        while getline(&buffer, &size, file) > 0, let text = buffer {
            lines.append(String(cString: text))
        }
        all = lines
    }
}
