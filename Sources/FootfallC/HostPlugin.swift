// SPDX-License-Identifier: MIT
import CFootfall
import Footfall

/// A plugin of a C program.
final class HostPlugin: EventPlugin, ThrowingPlugin {
    typealias Execute = @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?) -> Int32
    typealias Notice = @convention(c) (UnsafeMutableRawPointer?) -> Void

    let name: String
    let version: String?
    let onFailure: FailurePolicy
    let type: PluginType
    let callbacks: HostCallbacks
    private let executeFunction: Execute
    private let flushFunction: Notice?
    private let resetFunction: Notice?
    /// The event that `execute` sees.
    private let visible = VisibleEvent()

    private init(
        _ plugin: footfall_plugin, _ execute: @escaping Execute, _ callbacks: HostCallbacks
    ) throws(CallProblem) {
        let name = try Arguments.text(plugin.name, "name") ?? "c-plugin"
        guard !name.isBlank else { throw .invalid("name is blank") }
        self.name = name
        version = try Arguments.text(plugin.version, "version")
        switch plugin.stage {
        case 0: type = .before
        case 1: type = .enrichment
        case 2: type = .after
        default: throw .invalid("stage is \(plugin.stage), which is unknown")
        }
        switch plugin.on_failure {
        case 0: onFailure = type == .before ? .hold : .pass
        case 1: onFailure = .hold
        case 2: onFailure = .pass
        default: throw .invalid("on_failure is \(plugin.on_failure), which is unknown")
        }
        executeFunction = execute
        flushFunction = plugin.flush
        resetFunction = plugin.reset
        self.callbacks = callbacks
    }

    /// A plugin; where that fails, `release` is called.
    static func make(_ pointer: UnsafePointer<footfall_plugin>?) throws(CallProblem) -> HostPlugin {
        guard let pointer else { throw .invalid("plugin is NULL") }
        let plugin = try Arguments.copy(pointer, footfall_plugin(), "footfall_plugin")
        let callbacks = HostCallbacks(plugin.user, plugin.release)
        return try callbacks.making { () throws(CallProblem) in
            guard let execute = plugin.execute else { throw .invalid("execute is NULL") }
            return try HostPlugin(plugin, execute, callbacks)
        }
    }

    func attempt(_ event: inout Event) throws -> Verdict {
        let result = callbacks.call { user in
            visible.show(&event) { executeFunction(user, $0) }
        }
        switch result {
        case 0: return .keep
        case 1: return .drop
        // The gate of the client was shut before.
        case nil: return .drop
        case let code?: throw ExecuteFailure(code: code)
        }
    }

    func execute(_ event: inout Event) -> Verdict { (try? attempt(&event)) ?? .keep }

    func flush() {
        guard let flushFunction else { return }
        callbacks.call { flushFunction($0) }
    }

    func reset() {
        guard let resetFunction else { return }
        callbacks.call { resetFunction($0) }
    }

    func shutdown() { callbacks.end() }
}

/// `execute` of a plugin says that it failed.
struct ExecuteFailure: Error, CustomStringConvertible {
    let code: Int32
    var description: String { "execute returned \(code)" }
}
