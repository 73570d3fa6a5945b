// SPDX-License-Identifier: MIT
import FootfallStore

/// The destinations that a store knows, those of earlier configurations too.
///
/// A store has room for 62. Each call opens the store for a moment, on the calling
/// thread. ``StoreStatus/destinations`` lists them.
///
/// ```swift
/// try StoredDestinations(configuration).drop("old-server")
/// ```
package struct StoredDestinations: Sendable {
    /// What a removed destination still had.
    package struct Dropped: Sendable {
        /// Events that waited for it. They are dropped.
        package var queued: Int64
        /// Its dead letters. They are dropped as well.
        package var deadLetters: Int64
    }

    private let store: StoreAccess

    /// The destinations in the store of a configuration.
    package init(_ configuration: Configuration) { store = StoreAccess(configuration) }

    /// Removes a destination that is not configured any more, with the events that wait
    /// for it. Its sums are added to ``StoreStatus/removed``.
    ///
    /// A program that still has the destination configured adds it again with its next
    /// event. Throws ``FootfallError``: `invalidConfiguration` when the store has no
    /// destination of that name or a process delivers to it now, `storeUnavailable` when
    /// the store cannot be changed.
    ///
    /// - Returns: what it still had.
    @discardableResult
    package func drop(_ name: String) throws -> Dropped {
        if case .process(let process) = UploaderLock.holder(of: store.directory.uploaderLock(name)) {
            throw FootfallError(
                .invalidConfiguration,
                "process \(process) delivers to \(name); end it, or take the destination out of its configuration")
        }
        let dropped: Dropped?? = try store.change { store in
            try store.transaction(.full) { (_) throws(StoreError) in
                guard let row = try store.destinations.all().first(where: { $0.name.isIdentical(to: name) })
                else { return nil }
                let (queued, deadLetters) = try store.removeDestination(row)
                return Dropped(queued: queued, deadLetters: deadLetters)
            }
        }
        guard let dropped = dropped ?? nil else {
            throw FootfallError(
                .invalidConfiguration,
                "the store has no destination called \(name); footfall destinations shows those that it has")
        }
        store.wakeUploader()
        return dropped
    }
}
