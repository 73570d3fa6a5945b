// SPDX-License-Identifier: MIT

/// Stands for a flush that has begun and whose calls are being stored. What is delivered meanwhile
/// is in its report.
final class FlushStart: Sendable {
    /// A flush that has begun, until its caller waits or gives up.
    struct Entry {
        weak let start: FlushStart?
        /// What was done since.
        var progress = FlushProgress()

        init(_ start: FlushStart) { self.start = start }
    }
}

extension [FlushStart.Entry] {
    /// Adds flushes, and forgets those whose callers gave up.
    mutating func add(_ entries: [FlushStart.Entry]) {
        removeAll { $0.start == nil }
        self += entries
    }

    /// Takes the progress of a flush whose caller waits now.
    mutating func take(_ start: FlushStart?) -> FlushProgress {
        guard let start, let place = firstIndex(where: { $0.start === start }) else { return FlushProgress() }
        return remove(at: place).progress
    }
}

extension Uploader {
    /// A flush begins: its calls are stored before ``flush(within:for:latest:start:)``. From any thread.
    func beginFlush() -> FlushStart {
        let start = FlushStart()
        tell { $0.starts.add([FlushStart.Entry(start)]) }
        return start
    }
}
