// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// Runs a body on several threads at once and waits for all of them.
package func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    var threads: [pthread_t] = []
    for index in 0..<count {
        var thread = pthread_t()
        let start = Unmanaged.passRetained(ThreadBody(index, body))
        let error = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
                start.body(start.index)
                return nil
            }, start.toOpaque())
        // A test of eight threads that runs on seven would hold without being true.
        precondition(error == 0, "thread \(index) cannot be started: \(String(cString: strerror(error)))")
        threads.append(thread)
    }
    for thread in threads { pthread_join(thread, nil) }
}

/// Starts a body on a thread of its own, which nothing waits for.
package func startThread(_ body: @escaping @Sendable () -> Void) {
    let start = Unmanaged.passRetained(ThreadBody(0) { _ in body() })
    let error = ftf_thread_start(
        "test",
        { argument in
            guard let argument else { return }
            let start = Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
            start.body(start.index)
        }, start.toOpaque())
    precondition(error == 0, "a thread cannot be started: \(String(cString: strerror(error)))")
}

private final class ThreadBody: Sendable {
    let index: Int
    let body: @Sendable (Int) -> Void

    init(_ index: Int, _ body: @escaping @Sendable (Int) -> Void) {
        self.index = index
        self.body = body
    }
}
