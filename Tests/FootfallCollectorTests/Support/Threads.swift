// SPDX-License-Identifier: MIT
import Glibc

private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private func runBody(_ opaque: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let opaque else { return nil }
    Unmanaged<Body>.fromOpaque(opaque).takeRetainedValue().run()
    return nil
}

/// Runs each body on a thread of its own and waits for all.
func runAtOnce(_ bodies: [@Sendable () -> Void]) {
    var threads: [pthread_t] = []
    for body in bodies {
        var thread = pthread_t()
        if pthread_create(&thread, nil, runBody, Unmanaged.passRetained(Body(body)).toOpaque()) == 0 {
            threads.append(thread)
        }
    }
    for thread in threads { pthread_join(thread, nil) }
}
