// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// A thread of a client. It holds the runtime while it runs.
enum OwnThread {
    /// Starts a thread; the errno when that fails.
    static func start(
        _ name: StaticString, _ runtime: Runtime, _ body: @escaping @Sendable (Runtime) -> Void
    ) -> Int32 {
        let start = Unmanaged.passRetained(ThreadStart(runtime: runtime, body: body))
        let failed = name.utf8Start.withMemoryRebound(to: CChar.self, capacity: name.utf8CodeUnitCount + 1) {
            footfall_thread_start($0, runThread, start.toOpaque())
        }
        if failed != 0 { start.release() }
        return failed
    }
}

/// What a new thread is given; it takes it over.
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
