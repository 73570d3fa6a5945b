// SPDX-License-Identifier: MIT

/// A plugin that may fail at an event.
///
/// An event at which it throws goes on as it was before. The client reports each error as
/// ``FootfallError/Code/pluginFailed`` and counts it in ``Counters/pluginErrors``. For such
/// plugins alone each event is copied.
///
/// ```swift
/// final class AddWeather: ThrowingPlugin {
///     let type = PluginType.enrichment
///     func attempt(_ event: inout Event) throws -> Verdict {
///         event.context["weather"] = .string(try station.read())
///         return .keep
///     }
/// }
/// ```
public protocol ThrowingPlugin: Plugin {
    /// Changes an event in place, or drops it. It is called instead of ``Plugin/execute(_:)``.
    func attempt(_ event: inout Event) throws -> Verdict
}
