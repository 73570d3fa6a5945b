// SPDX-License-Identifier: MIT
import FootfallStore

extension DeadLetters {
    /// Releases the events at which processes died in a plugin: the next process of their application runs them
    /// again, and their deaths are forgotten.
    ///
    /// - Returns: how many events.
    package func releasePoison() throws(FootfallError) -> Int {
        let directory = store.directory
        guard !StateDirectory.isMissing(directory.held) else { return 0 }
        do throws(StoreError) {
            try directory.check(for: .look)
            var count = 0
            for file in try HeldFile.release(in: directory.held, where: { _ in true }) {
                try file.forEach { _, _ in count += 1 }
            }
            return count
        } catch {
            throw FootfallError(.storeUnavailable, "the poison cannot be released (\(error))", underlying: error)
        }
    }
}
