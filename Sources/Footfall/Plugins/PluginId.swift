// SPDX-License-Identifier: MIT
import Synchronization

/// The ids of the plugins of this process, by which handles find them.
enum PluginId {
    private static let last = Atomic<UInt64>(0)

    /// An id that no other plugin has.
    static func next() -> UInt64 { last.wrappingAdd(1, ordering: .relaxed).newValue }
}
