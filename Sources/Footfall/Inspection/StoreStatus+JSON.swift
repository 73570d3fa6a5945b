// SPDX-License-Identifier: MIT

// What `footfall status --json` prints.
extension StoreStatus {
    /// The whole status, for programs: `store`, `consent`, `counters`, `session`, `visit`,
    /// `destinations`, `plugins`, `blocked`, `off`, `held`, `schema`, `version` and `clock`.
    ///
    /// The keys of `schema` 1 are kept; later ones stand behind them.
    package var json: JSONObject {
        [
            "store": .object(storeJSON),
            "consent": [
                "isOptedOut": isOptedOut.map { .bool($0) } ?? .null,
                "state": .string(isOptedOut.map { $0 ? "denied" : "granted" } ?? "unknown"),
                "since": optedOutSince.map { .string($0.description) } ?? .null,
            ],
            "counters": .object(countersJSON),
            "session": .object(sessionJSON), "visit": .object(visitJSON),
            "destinations": .array(destinations.map { .object($0.json) }),
            "plugins": .array(plugins.map { .object($0.json) }),
            "blocked": .array(blocked.map { .object($0.statusJSON(at: moment)) }),
            "off": .array(off.map { .object($0.json) }), "held": .array(held.map { .object($0.json) }),
            "schema": 2, "version": .string(FootfallVersion.current), "clock": ["trusted": .bool(isClockTrusted)],
        ]
    }

    private var storeJSON: JSONObject {
        [
            "path": .string(path), "bytes": .int(bytes), "queued": .int(queued), "isErasing": .bool(isErasing),
            "limitBytes": .int(limits.bytes), "limitEvents": .int(limits.events),
            "fill": .double((fill * 1_000).rounded() / 1_000), "spoolBytes": .int(spoolBytes),
            "oldestAgeSeconds": oldest.map { .int($0.seconds) } ?? .null,
        ]
    }

    /// Whether nothing is recorded because the user opted out or DO_NOT_TRACK is set; `nil` when that
    /// cannot be read.
    package var isOptedOut: Bool? {
        if StateLocation.isTrackingRefused { return true }
        return if case .success(let isOptedOut) = optOut { isOptedOut } else { nil }
    }

    private var countersJSON: JSONObject {
        var counters: JSONObject = [
            "stored": .int(stored), "delivered": .int(delivered),
            "dropped": .object(JSONObject(dropped.map { ($0.reason, .int($0.count)) })),
        ]
        guard removed.routed > 0 else { return counters }
        counters["removed"] = [
            "routed": .int(removed.routed), "delivered": .int(removed.delivered), "dropped": .int(removed.dropped),
        ]
        return counters
    }

    /// The open session: `id`, `lastAccess` (both in milliseconds since 1970) and
    /// `lastAccessTime`; and the one that ended last: `lastId` and `endedAt`.
    package var sessionJSON: JSONObject {
        [
            "id": sessionId.map { .int($0) } ?? .null,
            "lastAccess": lastAccess.map { .int($0.milliseconds) } ?? .null,
            "lastAccessTime": lastAccess.map { .string($0.description) } ?? .null,
            "lastId": endedSession.map { .int($0.id) } ?? .null,
            "endedAt": endedSession.map { .string($0.at.description) } ?? .null,
        ]
    }

    /// The visit, with the counts of the visits before it.
    package var visitJSON: JSONObject {
        [
            "id": visit.map { .string($0.id) } ?? .null,
            "began": visit.map { .string($0.began.description) } ?? .null,
            "lastActivity": visit.map { .string($0.lastActivity.description) } ?? .null,
            "isPaused": .bool(visit?.isPaused ?? false), "hasInteraction": .bool(visit?.hasInteraction ?? false),
            "isAttracting": .bool(isAttracting), "ended": .int(visits.ended), "empty": .int(visits.empty),
            "endedAt": endedVisit.map { .string($0.at.description) } ?? .null,
            "reason": endedVisit.map { .string($0.reason) } ?? .null,
        ]
    }
}

extension StoreStatus.Destination {
    fileprivate var json: JSONObject {
        var object: JSONObject = [
            "name": .string(name), "routed": .int(routed), "delivered": .int(delivered), "dropped": .int(dropped),
            "deadLettered": .int(deadLettered), "queued": .int(queued), "state": .string(state),
            "lastError": lastError.map { .string($0) } ?? .null,
            "nextAttempt": nextAttempt.map { .string($0.description) } ?? .null,
        ]
        object["oldestAgeSeconds"] = oldest.map { .int($0.seconds) } ?? .null
        object["isOldestAgeAtLeast"] = .bool(oldest?.isAtLeast ?? false)
        object["lastSuccess"] = attempts.lastSuccess.map { .string($0.description) } ?? .null
        object["lastAttempt"] = attempts.lastAttempt.map { .string($0.description) } ?? .null
        object["lastStatus"] = attempts.lastStatus.map { .int($0) } ?? .null
        object["requests"] = ["success": .int(attempts.successes), "failure": .int(attempts.failures)]
        object["sentBytes"] = .int(attempts.sentBytes)
        object["isDelivering"] = .bool(isDelivered)
        object["isStored"] = .bool(isStored)
        return object
    }
}
