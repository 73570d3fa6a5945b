// SPDX-License-Identifier: MIT

/// A plugin that keeps values in the client's store.
///
/// ```swift
/// final class NumberEvents: StoragePlugin {
///     let type = PluginType.enrichment
///     let name = "com.example.numbers"
///     var storage: PluginStorage?
///
///     func execute(_ event: inout Event) -> Verdict {
///         do {
///             let number = (try storage?.value("number")?.intValue ?? 0) + 1
///             try storage?.set("number", .int(number))
///             event.context["number"] = .int(number)
///         } catch {
///             // The store cannot be read now. The event goes on without a number.
///         }
///         return .keep
///     }
/// }
/// ```
public protocol StoragePlugin: Plugin {
    /// The plugin's values. The client sets it before ``Plugin/configure(analytics:)``.
    ///
    /// Plugins of one client that have the same ``Plugin/name`` share their values.
    var storage: PluginStorage? { get set }
}
