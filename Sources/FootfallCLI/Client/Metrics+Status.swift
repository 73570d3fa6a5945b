// SPDX-License-Identifier: MIT
import Footfall

extension Metrics {
    /// The states that a destination can be in.
    private static let states =
        ["ready", "retrying", "waiting", "blocked", "refusing"]
        + [Absence.disabled, .notConfigured, .unknownType, .new].map(\.rawValue)

    init(_ status: StoreStatus) {
        self.init()
        add(.gauge, "build_info", "The version of the command.", [Sample(1, ("version", FootfallVersion.current))])
        add(.gauge, "store_present", "Whether there is a store.", [Sample(status.isThere ? 1 : 0)])
        let consent = status.isOptedOut.map { [Sample($0 ? 0 : 1)] } ?? []
        add(.gauge, "consent", "Whether events are recorded (1) or the user opted out (0).", consent)
        add(.gauge, "clock_trusted", "Whether the wall clock is believed.", [Sample(status.isClockTrusted ? 1 : 0)])
        addEvents(status)
        addStore(status)
        addQueues(status.destinations)
        addAttempts(status.destinations)
    }

    private mutating func addEvents(_ status: StoreStatus) {
        add(
            .counter, "events_stored", "Events that were put into the store, session markers included.",
            [Sample(status.stored)])
        add(
            .counter, "events_dropped", "Events that were lost, by the reason.",
            status.dropped.map { Sample($0.count, ("reason", $0.reason)) })
    }

    private mutating func addStore(_ status: StoreStatus) {
        add(.gauge, "store_bytes", unit: "bytes", "The size of the database with its log.", [Sample(status.bytes)])
        add(
            .gauge, "store_limit_bytes", unit: "bytes", "How large the database may be.",
            [Sample(status.limits.bytes)])
        add(.gauge, "store_events", "Events in the store.", [Sample(status.queued)])
        add(.gauge, "store_limit_events", "How many events the store may have.", [Sample(status.limits.events)])
        add(
            .gauge, "store_fill_ratio", unit: "ratio", "How full the store is; at 1 each event removes older ones.",
            [Sample(thousandths: Int64((status.fill * 1_000).rounded()))])
        add(
            .gauge, "spool_bytes", unit: "bytes", "Bytes of calls that programs have not stored yet.",
            [Sample(status.spoolBytes)])
    }

    private mutating func addQueues(_ rows: [StoreStatus.Destination]) {
        func all(_ value: (StoreStatus.Destination) -> Int64) -> [Sample] {
            rows.map { Sample(value($0), ("destination", $0.name)) }
        }
        add(.counter, "destination_events_routed", "Events that were stored for a destination.", all(\.routed))
        add(.counter, "destination_events_delivered", "Events that a destination took.", all(\.delivered))
        add(.counter, "destination_events_dropped", "Events of a destination that were given up.", all(\.dropped))
        add(
            .gauge, "destination_dead_letters", "Events that a destination refused and that are kept.",
            all(\.deadLettered))
        add(.gauge, "destination_queue_events", "Events that wait for a destination.", all(\.queued))
        add(
            .gauge, "destination_queue_oldest_seconds", unit: "seconds",
            "How long the oldest event has waited; 0 when none waits.",
            rows.map { Sample(thousandths: $0.oldest?.milliseconds ?? 0, ("destination", $0.name)) })
        add(
            .gauge, "destination_state", "1 for the state that a destination is in.",
            rows.flatMap { row in
                Self.states.map { Sample($0 == row.state ? 1 : 0, ("destination", row.name), ("state", $0)) }
            })
    }

    private mutating func addAttempts(_ rows: [StoreStatus.Destination]) {
        add(
            .gauge, "destination_last_success_timestamp_seconds", unit: "seconds",
            "When a destination last took events; 0 for never.",
            rows.map {
                Sample(thousandths: $0.attempts.lastSuccess?.milliseconds ?? 0, ("destination", $0.name))
            })
        add(
            .gauge, "destination_last_attempt_timestamp_seconds", unit: "seconds",
            "When an attempt last ended; 0 for never.",
            rows.map {
                Sample(thousandths: $0.attempts.lastAttempt?.milliseconds ?? 0, ("destination", $0.name))
            })
        add(
            .counter, "destination_requests", "Requests to a destination, by their result.",
            rows.flatMap { row in
                [
                    Sample(row.attempts.successes, ("destination", row.name), ("result", "success")),
                    Sample(row.attempts.failures, ("destination", row.name), ("result", "failure")),
                ]
            })
        add(
            .counter, "destination_sent_bytes", unit: "bytes", "Bytes of the bodies of requests, after compression.",
            rows.map { Sample($0.attempts.sentBytes, ("destination", $0.name)) })
    }
}
