// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// A thread that a client starts. The thread keeps the runtime alive while it runs.
enum OwnThread {
    /// Starts a thread.
    ///
    /// - Returns: 0, or the errno when no thread could be started.
    static func start(
        _ name: StaticString, _ runtime: Runtime, _ body: @escaping @Sendable (Runtime) -> Void
    ) -> Int32 {
        let start = Unmanaged.passRetained(ThreadStart(runtime: runtime, body: body))
        let failed = name.utf8Start.withMemoryRebound(to: CChar.self, capacity: name.utf8CodeUnitCount + 1) {
            ftf_thread_start($0, runThread, start.toOpaque())
        }
        if failed != 0 { start.release() }
        return failed
    }
}

/// The argument of a new thread, which releases it.
private final class ThreadStart {
    let runtime: Runtime
    let body: @Sendable (Runtime) -> Void

    init(runtime: Runtime, body: @escaping @Sendable (Runtime) -> Void) {
        self.runtime = runtime
        self.body = body
    }
}

/// A free function: a closure made in `main` would belong to the main actor, and trap here.
private func runThread(_ argument: UnsafeMutableRawPointer?) {
    guard let argument else { return }
    let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
    start.body(start.runtime)
}
