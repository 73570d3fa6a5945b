// SPDX-License-Identifier: MIT
import FootfallStore

/// A value that is reached only with its lock held.
final class Guarded<Value>: @unchecked Sendable {
    private let lock = Lock()
    /// Protected by `lock`.
    private var value: Value

    init(_ value: sending Value) { self.value = value }

    @inline(__always)
    func withLock<R, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R {
        try lock.withLock { () throws(E) -> R in try body(&value) }
    }
}
