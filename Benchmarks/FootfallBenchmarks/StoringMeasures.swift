// SPDX-License-Identifier: MIT
import CLimits
import Footfall
import FootfallStore
import Glibc

private let events = 50_000

/// Calls `track` as fast as the events are stored. The spool holds about 30,000 events and
/// drops later ones, so the caller waits when it is 10,000 events ahead.
func track(_ count: Int, on analytics: Analytics, _ corpus: inout Corpus) {
    let prepared = (0..<1_000).map { _ in (corpus.eventName(), corpus.properties()) }
    for index in 0..<count {
        if index % 500 == 0 {
            while Int64(index) - analytics.counters.stored > 10_000 { usleep(500) }
        }
        let (name, properties) = prepared[index % prepared.count]
        analytics.track(name: name, properties: properties)
    }
}

func client(_ directory: String) -> Analytics {
    let analytics = Analytics(
        configuration: Configuration(writeKey: "KEY").application(id: "com.example.Bench", version: "1.0")
            .stateDirectory(directory).flushAt(.max).flushInterval(.zero).errorHandler(printError))
    analytics.add(plugin: ContextPlugin())
    analytics.add(plugin: PropertyPlugin())
    analytics.add(plugin: IntegrationPlugin())
    return analytics
}

/// Prints why a measure has no result.
func failed(_ analytics: Analytics) -> [(String, Double)] {
    complain("failed: \(analytics.counters)")
    return []
}

@Sendable func printError(_ error: FootfallError) { complain(error.message) }

private func complain(_ text: String) {
    let line = text + "\n"
    _ = line.withCString { write(2, $0, strlen($0)) }
}

extension Measure {
    /// The whole path of an event: track, spool, three plugins, SQLite, until the last event
    /// is stored and synced.
    static let stored = Measure(name: "stored") { directory in
        let analytics = client(directory)
        var corpus = Corpus()
        track(1_000, on: analytics, &corpus)
        _ = analytics.store(timeout: .seconds(10))
        let begin = ftf_limits_now()
        track(events, on: analytics, &corpus)
        let problem = analytics.store(timeout: .seconds(30))
        let seconds = Double(ftf_limits_now() - begin) / 1e9
        guard problem == nil, analytics.counters.stored == Int64(events + 1_000) else { return failed(analytics) }
        analytics.close()
        return [("rate", Double(events) / seconds), ("body", bodySize(directory))]
    }

    /// The limit of `stored`: SQLite alone inserts rows of the same size, 1,000 per transaction.
    static let storedBySQLite = Measure(name: "sqlite") { directory in
        [("rate", ftf_limits_sqlite("\(directory)/limit.db", Int32(events), 1_000, 980))]
    }

    private static func bodySize(_ directory: String) -> Double {
        do {
            let store = try Store(path: StateDirectory(path: directory).database)
            return Double(try store.connection.integer("SELECT avg(length(body)) FROM event"))
        } catch {
            return .nan
        }
    }
}
