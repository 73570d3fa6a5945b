// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc

/// The store of a configuration, opened for a moment beside the processes that use it.
///
/// From any thread. Errors are ``FootfallError``.
struct StoreAccess: Sendable {
    let directory: StateDirectory
    private let limits: StoreLimits

    init(_ configuration: Configuration) {
        directory = configuration.directory
        limits = configuration.storeLimits
    }

    /// Reads one state of the store and changes nothing.
    ///
    /// - Returns: `nil` when there is no store.
    func read<R>(_ body: (Store) throws(StoreError) -> R) throws(FootfallError) -> R? {
        do throws(StoreError) {
            return try StoreReader(directory).read(body)
        } catch {
            throw FootfallError(.storeUnavailable, "the store cannot be read (\(error))", underlying: error)
        }
    }

    /// Runs `body` with a store that can be written.
    ///
    /// - Returns: `nil` when there is no store.
    func change<R>(_ body: (Store) throws -> R) throws(FootfallError) -> R? {
        guard !StateDirectory.isMissing(directory.path) else { return nil }
        do {
            try directory.check(for: .look)
            guard !StateDirectory.isMissing(directory.database) else { return nil }
            return try StoreRecovery(directory, limits: limits).withStore(
                stamp: SystemClock.system.wall().milliseconds, body)
        } catch {
            throw FootfallError(.storeUnavailable, "the store cannot be changed (\(error))", underlying: error)
        }
    }

    /// Tells the process that delivers to look at the store again.
    func wakeUploader() { _ = utimensat(AT_FDCWD, directory.wake, nil, 0) }
}
