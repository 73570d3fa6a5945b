// SPDX-License-Identifier: MIT
import Footfall
import FootfallJSON

/// Judges a store as a monitoring plugin does: a level, one line, and performance data. Pure.
///
/// The form is that of the Monitoring Plugins Development Guidelines.
struct HealthCheck {
    /// The exit status of a monitoring plugin.
    enum Level: Int32 {
        case fine = 0
        case warning = 1
        case critical = 2
        /// Nothing can be said, as without a store.
        case unknown = 3

        var word: String {
            switch self {
            case .fine: "OK"
            case .warning: "WARNING"
            case .critical: "CRITICAL"
            case .unknown: "UNKNOWN"
            }
        }
    }

    /// From which value on there is a warning: at each value that is greater.
    struct Limits {
        /// How long the oldest event of a destination may wait, in seconds.
        var age: Int64
        /// How full the store may be, in percent.
        var fill: Int64
        /// How many dead letters there may be.
        var deadLetters: Int64
    }

    struct Finding {
        var level: Level
        var text: String
    }

    private(set) var findings: [Finding] = []
    private let status: StoreStatus
    private let limits: Limits

    init(_ status: StoreStatus, _ limits: Limits) {
        self.status = status
        self.limits = limits
        guard status.isThere else {
            add(.unknown, "\(status.path): there is no store yet; the first event makes it")
            return
        }
        lookAtConsent()
        for row in status.destinations { look(at: row) }
        lookAtStore()
        lookAtPlugins()
    }

    /// The worst of the findings.
    var level: Level { findings.max { $0.level.rawValue < $1.level.rawValue }?.level ?? .fine }

    /// What a monitoring system shows: the level, the worst findings first, and the numbers behind a bar.
    var line: String {
        let text = Self.safe(summary)
        return status.isThere ? "\(level.word): \(text) | \(performance)" : "\(level.word): \(text)"
    }

    var json: JSONObject {
        [
            "level": .string(level.word), "status": .int(Int64(level.rawValue)), "text": .string(summary),
            "queued": .int(queued), "oldestAgeSeconds": .int(oldest), "fillPercent": .int(fill),
            "deadLetters": .int(deadLetters),
        ]
    }

    /// A bar begins the performance data, so a text must not have one.
    static func safe(_ text: String) -> String {
        String(text.map { $0 == "|" ? "/" : $0.isNewline ? " " : $0 })
    }

    private var summary: String {
        let sorted = findings.sorted { $0.level.rawValue > $1.level.rawValue }.map(\.text)
        guard sorted.isEmpty else { return sorted.joined(separator: "; ") }
        return queued > 0
            ? "\(counted(queued, "event")) queued, the oldest for \(readable(seconds: oldest))" : "nothing is queued"
    }

    private var performance: String {
        "queued=\(queued) oldest=\(oldest)s;\(limits.age) fill=\(fill)%;\(limits.fill) dead=\(deadLetters);\(limits.deadLetters)"
    }

    /// Events that at least one destination waits for, by the sums.
    private var queued: Int64 {
        max(status.queued - deadLetters, status.destinations.map(\.queued).max() ?? 0, 0)
    }
    private var deadLetters: Int64 { status.destinations.reduce(0) { $0 + max($1.deadLettered, 0) } }
    private var oldest: Int64 { status.oldest?.seconds ?? 0 }
    /// Rounded up, so that a full store is not shown as 99 %.
    private var fill: Int64 { Int64((status.fill * 100).rounded(.up)) }

    private mutating func add(_ level: Level, _ text: String) { findings.append(Finding(level: level, text: text)) }

    private mutating func lookAtConsent() {
        switch status.isOptedOut {
        case true?: add(.fine, "nothing is recorded, since the user opted out")
        case false?: break
        case nil: add(.critical, "nothing is recorded, since it cannot be read whether the user opted out")
        }
    }

    private mutating func look(at row: StoreStatus.Destination) {
        if row.state == "blocked" || row.state == "refusing" {
            add(.critical, "\(row.name) \(row.state)\(row.lastError.map { ": \($0)" } ?? "")")
        }
        if let oldest = row.oldest, oldest.seconds > limits.age {
            let isIdle = Absence(rawValue: row.state) != nil
            add(
                .warning,
                "\(row.name) oldest \(oldest.isAtLeast ? "at least " : "")\(readable(seconds: oldest.seconds))"
                    + (isIdle ? " (\(row.stateWords))" : ""))
        }
        if row.deadLettered > limits.deadLetters {
            add(.warning, "\(row.name) \(counted(row.deadLettered, "dead letter"))")
        }
    }

    private mutating func lookAtStore() {
        if fill >= 100 {
            add(.critical, "the store is full: each event removes older ones")
        } else if fill > limits.fill {
            add(.warning, "the store is \(fill) % full")
        }
    }

    private mutating func lookAtPlugins() {
        for plugin in status.blocked where plugin.until == nil {
            add(.critical, "plugin \(plugin.plugin) does not return")
        }
        for plugin in status.off { add(.warning, "plugin \(plugin.plugin) is off since programs died in it") }
    }
}
