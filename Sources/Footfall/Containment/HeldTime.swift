// SPDX-License-Identifier: MIT
import FootfallStore

/// How long the machine was up since the store was made. The age of held events is measured by it, as that of stored
/// ones: see ``LivedTime``.
///
/// It belongs to the pipeline's thread.
final class HeldTime {
    private unowned let runtime: Runtime
    /// Milliseconds, and the nanoseconds since boot when they were read.
    private var known: (lived: Int64, boot: Int64)?

    init(_ runtime: Runtime) { self.runtime = runtime }

    /// Milliseconds. The store is opened once.
    func now() throws(StoreError) -> Int64 {
        let boot = runtime.configuration.clock.boot()
        if let known { return known.lived + max(boot - known.boot, 0) / 1_000_000 }
        let bootID = runtime.configuration.clock.bootID
        let lived = try runtime.store.withStore { (store) throws(StoreError) in
            try LivedTime.now(store, bootID: bootID, bootNanoseconds: boot)
        }
        known = (lived, boot)
        return lived
    }
}
