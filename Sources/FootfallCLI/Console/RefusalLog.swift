// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore

/// Decides which refused requests of `footfall collect` get a line: a flood of them must not
/// fill the terminal. Pure.
struct RefusalLines {
    /// How many lines are shown in one ``period``: a screen full.
    static let most = 20
    static let period = Duration.seconds(10)

    private var begin: ContinuousClock.Instant?
    private var shown = 0
    private var hidden = 0

    /// The lines to print for a refusal.
    mutating func add(_ line: String, at now: ContinuousClock.Instant) -> [String] {
        var lines: [String] = []
        if begin.map({ now - $0 >= Self.period }) ?? true {
            if let rest = takeRest() { lines.append(rest) }
            begin = now
            shown = 0
        }
        guard shown < Self.most else {
            hidden += 1
            return lines
        }
        shown += 1
        lines.append(line)
        if shown == Self.most {
            lines.append("more refused requests are only counted for \(Self.period.components.seconds) seconds")
        }
        return lines
    }

    /// The number of refusals without a line since the last call; `nil` when there is none.
    mutating func takeRest() -> String? {
        defer { hidden = 0 }
        return hidden == 0 ? nil : "\(counted(hidden, "more request")) refused"
    }
}

/// Prints the refused requests of `footfall collect`. Any thread may use it.
final class RefusalLog: @unchecked Sendable {
    private let lock = Lock()
    /// Protected by `lock`.
    private var lines = RefusalLines()

    func show(_ line: String) {
        for line in lock.withLock({ lines.add(line, at: .now) }) { Console.say(line) }
    }

    /// Prints the number of those that got no line.
    func finish() {
        if let rest = lock.withLock({ lines.takeRest() }) { Console.say(rest) }
    }
}
