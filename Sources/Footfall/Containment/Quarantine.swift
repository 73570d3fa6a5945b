// SPDX-License-Identifier: MIT
import FootfallStore

/// What poison looks like: an event that equals it in all but its id and its times would kill the host as well. So a
/// host that calls the same event at each of its starts does not die at each of them.
///
/// It knows the poison of plugins in which a process died in the last 24 hours. After that the plugin may be mended.
struct Quarantine {
    /// The plugins in which a process died lately.
    private let recent: Set<String>
    /// The plugin in which processes died, by the sum of the event.
    private var plugins: [UInt64: String] = [:]

    var isEmpty: Bool { plugins.isEmpty }

    init(recent: Set<String> = []) { self.recent = recent }

    /// Reads what is held.
    init(_ directory: StateDirectory, source: String, recent: Set<String>) {
        self.recent = recent
        for file in HeldFile.all(in: directory.held)
        where file.header.source == source && file.held.reason == .poison && recent.contains(file.held.plugin) {
            // A file that cannot be read shows no events.
            try? file.forEach { _, payload in
                if case .event(let event)? = EventRecord.read(payload, bootID: file.header.bootID) {
                    add(event, file.held.plugin)
                }
            }
        }
    }

    mutating func add(_ event: borrowing Event, _ plugin: String) {
        if recent.contains(plugin) { plugins[EventFingerprint.sum(event)] = plugin }
    }

    /// The plugin that must not get an event; `nil` for nearly all events.
    func plugin(for event: borrowing Event) -> String? {
        plugins.isEmpty ? nil : plugins[EventFingerprint.sum(event)]
    }

    /// Whether there is poison of a plugin.
    func has(_ plugin: String) -> Bool { plugins.values.contains(plugin) }
}
