// SPDX-License-Identifier: MIT
import FootfallStore

extension DeadLetters {
    /// Releases the events at which processes died in a plugin, and those that wait for a plugin that is off: the next
    /// process of their application runs them again, with the plugins that it has. The deaths are forgotten, so the
    /// plugins are on again.
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
                let (source, plugin) = (file.header.source, file.held.plugin)
                _ = try PluginDeaths.change(PluginDeaths.file(of: source, in: directory), of: source) { plugins in
                    let before = plugins.count
                    plugins.removeAll { $0.name == plugin }
                    return plugins.count < before
                }
            }
            return count
        } catch {
            throw FootfallError(.storeUnavailable, "the poison cannot be released (\(error))", underlying: error)
        }
    }
}
