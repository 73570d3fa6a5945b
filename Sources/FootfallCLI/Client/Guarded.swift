// SPDX-License-Identifier: MIT
import FootfallStore

/// A value that threads share.
final class Guarded<Value>: @unchecked Sendable {
    private let lock = Lock()
    private var value: Value

    init(_ value: Value) { self.value = value }

    func with<R>(_ body: (inout Value) -> R) -> R { lock.withLock { body(&value) } }
}
