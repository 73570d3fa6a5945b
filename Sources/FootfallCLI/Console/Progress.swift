// SPDX-License-Identifier: MIT
import Glibc

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
        // A line that wraps could not be replaced.
        Console.progress(String(line().prefix(Self.columns - 1)))
    }

    /// The width of the terminal.
    private static var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 80 }
        return Int(size.ws_col)
    }

    /// Removes the line, so that another message can be printed.
    mutating func clear() {
        guard shownAt != nil else { return }
        shownAt = nil
        Console.progress("")
    }
}
