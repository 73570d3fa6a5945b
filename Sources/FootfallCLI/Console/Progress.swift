// SPDX-License-Identifier: MIT

/// A progress line on the terminal that changes at most five times a second.
struct Progress {
    private let isShown: Bool
    private var shownAt: ContinuousClock.Instant?

    init(isShown: Bool) { self.isShown = isShown }

    mutating func show(_ line: @autoclosure () -> String) {
        guard isShown else { return }
        let now = ContinuousClock.now
        if let shownAt, now - shownAt < .milliseconds(200) { return }
        shownAt = now
        Console.progress(line())
    }

    /// Removes the line, so that another message can be printed.
    mutating func clear() {
        guard shownAt != nil else { return }
        shownAt = nil
        Console.progress("")
    }
}
