// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// Makes SIGTERM, SIGINT and SIGHUP an orderly end: lifecycle events are tracked,
/// everything is stored, safe from a power cut, and then the process does with
/// the signal what it did before, which mostly is to end.
///
/// A library has no business with its host's signals, so this is for hosts that
/// ask for it. Signals that the process ignores stay ignored. A handler of the
/// host's own that is installed before this plugin is added is called
/// afterwards; one that is installed later replaces this.
///
/// ```swift
/// analytics.add(plugin: TerminationSignals())
/// ```
public final class TerminationSignals: Plugin {
    public let type = PluginType.utility
    private let signals: [Int32]
    private weak var analytics: Analytics?
    private var watched: Int32 = -1
    private var process = getpid()

    public init(_ signals: [Int32] = [SIGTERM, SIGINT, SIGHUP]) { self.signals = signals }

    public func configure(analytics: Analytics) {
        self.analytics = analytics
        process = getpid()
        watched = footfall_signals_watch(signals, Int32(signals.count))
    }

    public func shutdown() {
        guard process == getpid(), watched >= 0 else { return }
        watched = -1
        footfall_signals_unwatch(signals, Int32(signals.count))
    }
}

@_spi(System)
extension TerminationSignals: DescriptorPlugin {
    /// In a forked child there is none: it does what the process did before.
    public var descriptor: Int32 { process == getpid() ? watched : -1 }

    public func descriptorIsReady(at moment: Moment) -> [Event] {
        guard process == getpid(), let runtime = analytics?.runtime else { return [] }
        let signal = footfall_signals_take()
        guard signal != 0 else { return [] }
        runtime.post(application: .willTerminate)
        runtime.post(.flush(nil, delivers: false))
        let isPosted = runtime.post(.inspect { _ in footfall_signals_raise(signal) })
        // The client is being closed: what there is to store is being stored.
        if !isPosted { footfall_signals_raise(signal) }
        return []
    }

    public var wantsSync: Bool { false }
    public var storesNothing: Bool { true }
    public func stored() {}
}
