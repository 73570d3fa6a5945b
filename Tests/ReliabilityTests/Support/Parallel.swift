// SPDX-License-Identifier: MIT
import Glibc

/// Runs a body on so many threads at once and waits for all of them.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    var threads: [pthread_t] = []
    for index in 0..<count {
        var thread = pthread_t()
        let start = Unmanaged.passRetained(ThreadBody(index, body)).toOpaque()
        if pthread_create(&thread, nil, runThreadBody, start) == 0 { threads.append(thread) }
    }
    for thread in threads { pthread_join(thread, nil) }
}

private final class ThreadBody {
    let index: Int
    let body: @Sendable (Int) -> Void

    init(_ index: Int, _ body: @escaping @Sendable (Int) -> Void) {
        self.index = index
        self.body = body
    }
}

private func runThreadBody(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let start = Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
    start.body(start.index)
    return nil
}
