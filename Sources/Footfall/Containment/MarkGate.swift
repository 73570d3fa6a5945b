// SPDX-License-Identifier: MIT
import FootfallStore

/// The mark that is written now, for the thread that ends the process in order: that is no death in a plugin.
///
/// ``lock`` is a leaf. A forked child has a gate of its own.
final class MarkGate: @unchecked Sendable {
    private let lock = Lock()
    // Protected by lock:
    private var file: StrikeFile?
    private var isExiting = false

    /// Writes a mark, unless the process ends.
    func mark(_ mark: PluginMark, _ file: StrikeFile) {
        lock.withLock {
            guard !isExiting else { return }
            // On a full disk the plugin is called without a mark: its event is worth more than knowing of a death.
            try? file.mark(mark)
            self.file = file
        }
    }

    func clear() {
        lock.withLock {
            file?.clear()
            file = nil
        }
    }

    /// The process ends: no mark stays. From the thread that calls exit().
    func exit() {
        lock.withLock {
            isExiting = true
            file?.clear()
            file = nil
        }
    }
}
