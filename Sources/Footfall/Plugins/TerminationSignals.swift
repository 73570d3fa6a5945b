// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// Makes SIGTERM, SIGINT and SIGHUP an orderly end.
///
/// When such a signal comes, lifecycle events are tracked and everything is stored,
/// safe from a power cut. Then the process does what it did with the signal before,
/// which usually is to end.
///
/// Add it only if your program leaves these signals to it. Signals that the process
/// ignores stay ignored. A handler that was installed before the plugin was added is
/// called afterwards; a handler that is installed later replaces the plugin's.
///
/// ```swift
/// analytics.add(plugin: TerminationSignals())
/// ```
public final class TerminationSignals: Plugin {
    /// It gets no events.
    public let type = PluginType.utility
    private let signals: [Int32]
    private weak var analytics: Analytics?
    private var watched: Int32 = -1
    private var process = getpid()

    /// - Parameter signals: The signals that end the process in order.
    public init(_ signals: [Int32] = [SIGTERM, SIGINT, SIGHUP]) { self.signals = signals }

    deinit { shutdown() }

    /// Installs the handlers before the plugin is added, so that a signal that comes at once is caught.
    package func install() {
        process = getpid()
        watched = ftf_signals_watch(signals, Int32(signals.count))
    }

    /// Installs the handlers.
    public func configure(analytics: Analytics) {
        self.analytics = analytics
        if watched < 0 || process != getpid() { install() }
    }

    /// Installs what was there before.
    public func shutdown() {
        guard process == getpid(), watched >= 0 else { return }
        watched = -1
        ftf_signals_unwatch(signals, Int32(signals.count))
    }
}

@_spi(System)
extension TerminationSignals: DescriptorPlugin {
    /// A pipe that the handlers write to; −1 in a forked child, which does what the
    /// process did before.
    public var descriptor: Int32 { process == getpid() ? watched : -1 }

    /// Stores everything, then raises the signal again.
    public func descriptorIsReady(at moment: Moment) -> [Event] {
        guard process == getpid(), let runtime = analytics?.runtime else { return [] }
        let signal = ftf_signals_take()
        guard signal != 0 else { return [] }
        runtime.post(application: .willTerminate)
        runtime.post(.flush(nil, delivers: false))
        let isPosted = runtime.post(
            .inspect { _ in
                // What a destination has accepted would be delivered again if that is not recorded.
                if ftf_signals_ends(signal) != 0 {
                    runtime.uploader.stop()
                    runtime.uploader.waitForEnd(atMost: Limits.signalWait)
                }
                ftf_signals_raise(signal)
            })
        // The client is being closed, so everything is being stored already.
        if !isPosted { ftf_signals_raise(signal) }
        return []
    }

    /// False: the store is synced by the flush that the signal posts.
    public var wantsSync: Bool { false }
    /// True: signals are obeyed even while the store takes no events.
    public var storesNothing: Bool { true }
    /// Does nothing.
    public func stored() {}
}
