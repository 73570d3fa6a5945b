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
public final class TerminationSignals: DescriptorPlugin {
    public let type = PluginType.utility
    private let signals: [Int32]
    private weak var analytics: Analytics?
    public private(set) var descriptor: Int32 = -1
    private let process = getpid()

    public init(_ signals: [Int32] = [SIGTERM, SIGINT, SIGHUP]) { self.signals = signals }

    public func configure(analytics: Analytics) {
        self.analytics = analytics
        descriptor = footfall_signals_watch(signals, Int32(signals.count))
    }

    public func descriptorIsReady(at moment: ApplicationMoment) -> [Event] {
        guard process == getpid(), let runtime = analytics?.runtime else { return [] }
        let signal = footfall_signals_take()
        guard signal != 0 else { return [] }
        runtime.post(application: .willTerminate)
        runtime.post(.flush(nil, delivers: false))
        runtime.post(.inspect { _ in footfall_signals_raise(signal) })
        return []
    }

    public var wantsHardening: Bool { false }
    public func stored() {}
}
