// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc

extension Measure {
    /// `footfall status` of a store in which a million events wait, the whole process.
    static let status = Measure(name: "status") { directory in
        let path =
            String(executablePath[..<(executablePath.lastIndex(of: "/") ?? executablePath.startIndex)]) + "/footfall"
        guard access(path, X_OK) == 0 else { return [] }
        setenv("XDG_STATE_HOME", directory, 1)
        setenv("XDG_CONFIG_HOME", directory, 1)
        setenv("FOOTFALL_WRITE_KEY", "KEY", 1)
        setenv("FOOTFALL_SESSION", "off", 1)
        guard Child.time([path, "track", "Door Opened", "door=north"]) != nil,
            fill("\(directory)/footfall/default/store.db", events: 1_000_000)
        else { return [] }
        var took: [Int64] = []
        for _ in 0..<50 {
            guard let time = Child.time([path, "status"]) else { return [] }
            took.append(time)
        }
        return [("p50", took.percentile(50) / 1e6), ("p99", took.percentile(99) / 1e6)]
    }

    /// Stores the first event again and again, with the sums that count it.
    private static func fill(_ path: String, events: Int64) -> Bool {
        do {
            let store = try Store(path: path, limits: StoreLimits(bytes: 4 << 30, events: events))
            try store.connection.execute(
                """
                BEGIN;
                WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < \(events))
                INSERT INTO event (id, routes, priority, stored, clock, body)
                SELECT n.i, e.routes, e.priority, e.stored, e.clock, e.body FROM n, event e WHERE e.id = 1;
                UPDATE destination SET routed = \(events);
                UPDATE counter SET value = \(events) WHERE name IN ('rows', 'stored');
                UPDATE counter SET value = \(events + 1) WHERE name = 'next.event';
                COMMIT
                """)
            return store.emptyLog()
        } catch {
            return false
        }
    }
}
