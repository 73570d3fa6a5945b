// SPDX-License-Identifier: MIT

extension Analytics {
    /// Names types of plugins that this program could make, whether it has such a plugin or not: events that wait
    /// for one of them are taken up. To be called before the first event.
    package func declare(pluginTypes names: Set<String>) {
        runtime.post(.inspect(isUrgent: false) { $0.declare(pluginTypes: names) })
    }
}
