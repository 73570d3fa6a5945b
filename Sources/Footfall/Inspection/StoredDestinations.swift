// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc

/// The destinations that a store has rows for, those of earlier configurations too.
///
/// A store has room for 62. It opens the store for a moment, from whatever thread it is
/// called on.
///
/// ```swift
/// try StoredDestinations(configuration).drop("old-server")
/// ```
package struct StoredDestinations: Sendable {
    /// What came of dropping one.
    package struct Dropped: Sendable {
        /// Events that waited for it and are dropped.
        package var queued: Int64
        /// Its dead letters, which are dropped as well.
        package var deadLetters: Int64
    }

    private let directory: StateDirectory
    private let limits: StoreLimits

    package init(_ configuration: Configuration) {
        directory = configuration.directory
        limits = configuration.storeLimits
    }

    /// Removes a destination that is not configured any more, with what waits for it;
    /// its sums go to those of removed destinations.
    ///
    /// A program that has it configured makes it anew with its next event. Throws
    /// ``FootfallError``: `invalidConfiguration` when there is none of that name or a
    /// process delivers to it now, `storeUnavailable` when the store cannot be changed.
    ///
    /// - Returns: what it still had.
    @discardableResult
    package func drop(_ name: String) throws -> Dropped {
        guard access(directory.database, F_OK) == 0 else { throw Self.unknown(name) }
        if case .process(let process) = UploaderLock.holder(of: directory.uploaderLock(name)) {
            throw FootfallError(
                .invalidConfiguration,
                "process \(process) delivers to \(name); end it, or take the destination out of its configuration")
        }
        let dropped: Dropped?
        do {
            let recovery = StoreRecovery(directory, limits: limits)
            dropped = try recovery.withStore(stamp: SystemClock.system.wall().milliseconds) { store in
                try store.transaction(.full) { (_) throws(StoreError) in
                    guard let row = try store.destinations.all().first(where: { $0.name.isIdentical(to: name) })
                    else { return nil }
                    let (queued, deadLetters) = try store.removeDestination(row)
                    return Dropped(queued: queued, deadLetters: deadLetters)
                }
            }
        } catch {
            throw FootfallError(.storeUnavailable, "the store cannot be changed (\(error))", underlying: error)
        }
        guard let dropped else { throw Self.unknown(name) }
        // The process that delivers looks again.
        _ = utimensat(AT_FDCWD, directory.wake, nil, 0)
        return dropped
    }

    private static func unknown(_ name: String) -> FootfallError {
        FootfallError(
            .invalidConfiguration,
            "the store has no destination called \(name); footfall destinations shows those that it has")
    }
}
