// SPDX-License-Identifier: MIT
import FootfallStore

/// A value that threads share.
package final class Guarded<Value>: @unchecked Sendable {
    private let lock = Lock()
    private var value: Value

    package init(_ value: Value) { self.value = value }

    package func read<R>(_ body: (inout Value) -> R) -> R { lock.withLock { body(&value) } }
    package var current: Value { read { $0 } }
}
