// SPDX-License-Identifier: MIT
import FootfallStore

/// Events that left the chain and wait in the directory `held`: for one source, plugin and reason.
///
/// ```swift
/// for held in HeldEvents.all(in: directory) { print(held.plugin, held.reason, held.events) }
/// ```
package struct HeldEvents: Sendable, Equatable {
    /// The application and the role of the processes that take them up, as `app:com.example.Kiosk`.
    package var source: String
    /// The name of the plugin that they wait for, or that processes died in.
    package var plugin: String
    package var reason: SpoolHeader.Reason
    /// How many events there are.
    package var events = 0
    /// Bytes on the disk.
    package var bytes: Int64 = 0
    /// The time of the oldest event; `nil` when none can be read.
    package var oldest: Timestamp?

    /// What is held in a state directory, in the order of source, plugin and reason. Changes nothing.
    package static func all(in directory: StateDirectory) -> [HeldEvents] {
        var found: [HeldEvents] = []
        for file in HeldFile.all(in: directory.held) {
            let place = found.firstIndex {
                $0.source == file.header.source && $0.plugin == file.held.plugin && $0.reason == file.held.reason
            }
            let index = place ?? found.count
            if place == nil {
                found.append(HeldEvents(source: file.header.source, plugin: file.held.plugin, reason: file.held.reason))
            }
            found[index].bytes += file.bytes
            forEachEvent(of: file) { event in
                found[index].events += 1
                found[index].oldest = min(found[index].oldest ?? event.timestamp, event.timestamp)
            }
        }
        return found.sorted {
            ($0.source, $0.plugin, $0.reason.rawValue) < ($1.source, $1.plugin, $1.reason.rawValue)
        }
    }

    /// Calls `body` with each held event, as it was called: before any plugin.
    package static func forEach(
        in directory: StateDirectory, _ body: (_ plugin: String, _ reason: SpoolHeader.Reason, _ event: Event) -> Void
    ) {
        for file in HeldFile.all(in: directory.held) {
            forEachEvent(of: file) { body(file.held.plugin, file.held.reason, $0) }
        }
    }

    private static func forEachEvent(of file: HeldFile.Reading, _ body: (Event) -> Void) {
        // A file that cannot be read shows no events.
        try? file.forEach { _, payload in
            if case .event(let event)? = EventRecord.read(payload, bootID: file.header.bootID) { body(event) }
        }
    }
}
