// SPDX-License-Identifier: MIT
import CFootfall
import CSystem
import Footfall
import FootfallStore
import Glibc
import Synchronization

/// What a `footfall_client *` points to.
final class Client: @unchecked Sendable {
    let analytics: Analytics
    /// A forked child does not wait for the threads of its parent.
    private let process = getpid()
    private let closed = Atomic(false)
    /// The last of the structs of the host, with a count of its own for each. Structs are only added.
    private let callbacks = Atomic<UnsafeRawPointer?>(nil)
    /// The plugin of `footfall_handle_signals`; 0 while it is off.
    private let signals = Atomic<UInt64>(0)

    /// - Parameter host: The functions for errors.
    init(_ analytics: Analytics, host: HostCallbacks) {
        self.analytics = analytics
        add(host)
    }

    deinit {
        var next = callbacks.load(ordering: .acquiring)
        while let pointer = next {
            let callbacks = Unmanaged<HostCallbacks>.fromOpaque(pointer)
            next = callbacks.takeUnretainedValue().next.load(ordering: .acquiring)
            callbacks.release()
        }
    }

    // MARK: - The pointer

    /// The pointer for the host, which keeps the client until ``free(_:)``.
    func makePointer() -> OpaquePointer { OpaquePointer(Unmanaged.passRetained(self).toOpaque()) }

    /// The client of a pointer, also one that is closed.
    @inline(__always)
    static func known(_ pointer: OpaquePointer?) throws(CallProblem) -> Client {
        guard let pointer else { throw .noClient }
        return Unmanaged<Client>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
    }

    /// The client of a pointer.
    @inline(__always)
    static func open(_ pointer: OpaquePointer?) throws(CallProblem) -> Client {
        let client = try known(pointer)
        guard !client.isClosed else { throw .closed }
        return client
    }

    static func free(_ pointer: OpaquePointer) { Unmanaged<Client>.fromOpaque(UnsafeRawPointer(pointer)).release() }

    private var identity: UnsafeRawPointer { UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()) }

    /// Whether the thread is in a callback of this client.
    var isInCallback: Bool { ftf_is_in_call(identity) != 0 }

    // MARK: - Callbacks

    /// Makes the client end the callbacks when it is closed.
    func add(_ new: HostCallbacks) {
        new.belongs(to: identity)
        let pointer = UnsafeRawPointer(Unmanaged.passRetained(new).toOpaque())
        var first = callbacks.load(ordering: .acquiring)
        while true {
            new.next.store(first, ordering: .releasing)
            let (isDone, now) = callbacks.compareExchange(
                expected: first, desired: pointer, ordering: .acquiringAndReleasing)
            if isDone { break }
            first = now
        }
        // A close that runs meanwhile may have gone through the list already.
        if isClosed { new.end() }
    }

    private func forEachCallbacks(_ body: (HostCallbacks) -> Void) {
        var next = callbacks.load(ordering: .acquiring)
        while let pointer = next {
            let callbacks = Unmanaged<HostCallbacks>.fromOpaque(pointer).takeUnretainedValue()
            body(callbacks)
            next = callbacks.next.load(ordering: .acquiring)
        }
    }

    // MARK: - The end

    var isClosed: Bool { closed.load(ordering: .acquiring) }

    func close(within limit: Duration) throws(CallProblem) -> footfall_status {
        guard !isInCallback else {
            throw CallProblem(FOOTFALL_WOULD_DEADLOCK, "footfall_close was called from a callback of the client")
        }
        guard !closed.exchange(true, ordering: .acquiringAndReleasing) else { throw .closed }
        let deadline = ftf_boot_nanoseconds() + max(limit, Self.shortestCallbackWait).nanoseconds
        let isStored = analytics.close(timeout: limit)
        forEachCallbacks { $0.end() }
        var isIdle = true
        if process == getpid() { forEachCallbacks { isIdle = $0.waitUntilIdle(until: deadline) && isIdle } }
        guard isIdle else {
            throw CallProblem(
                FOOTFALL_TIMEOUT, "a callback has not returned; its release is called when it does, so keep its memory")
        }
        guard isStored else {
            if analytics.keepsInMemory {
                throw CallProblem(
                    FOOTFALL_UNAVAILABLE, "the store is in memory only: what was not delivered is lost with the process"
                )
            }
            throw CallProblem(
                FOOTFALL_TIMEOUT, "not everything is stored: the next start stores what is in the spool")
        }
        return FOOTFALL_OK
    }

    /// A callback that returns soon is waited for even without a timeout: most hosts free what it uses afterwards.
    private static let shortestCallbackWait = Duration.milliseconds(50)

    /// Ends the callbacks without a wait, for a client that is freed in one of them.
    func endCallbacks() {
        closed.store(true, ordering: .releasing)
        forEachCallbacks { $0.end() }
    }

    // MARK: - Signals

    func handleSignals(_ isOn: Bool) {
        if isOn {
            guard signals.load(ordering: .acquiring) == 0 else { return }
            let plugin = TerminationSignals()
            // The pipeline configures it later; a signal may come at once.
            plugin.install()
            let id = analytics.add(plugin: plugin).id
            let (isFirst, _) = signals.compareExchange(expected: 0, desired: id, ordering: .acquiringAndReleasing)
            if !isFirst { analytics.remove(id: id) }
        } else {
            let id = signals.exchange(0, ordering: .acquiringAndReleasing)
            if id != 0 { analytics.remove(id: id) }
        }
    }
}
