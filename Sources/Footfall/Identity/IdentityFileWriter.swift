// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc

/// Keeps the identity's file up to date, from any thread.
///
/// Invariant: the file never holds an identity from before the last erasure, nor any while
/// the user is opted out.
final class IdentityFileWriter: @unchecked Sendable {
    private let directory: StateDirectory
    private let consent: Consent
    private let lock = Lock()
    // Protected by lock: what the file holds, as far as this process knows.
    private var written: IdentityFile?

    init(_ directory: StateDirectory, consent: Consent, holds found: IdentityFile?) {
        self.directory = directory
        self.consent = consent
        written = found
    }

    /// Writes the identity that `current` gives, unless the file has it already.
    ///
    /// - Parameters:
    ///   - isAllowed: Asked under the lock: an opt-out that comes later removes the file.
    ///   - current: Asked under the lock, so that the last thread writes the latest identity.
    /// - Returns: why it cannot be written; `nil` as well where the directory is of no use,
    ///   which the host is told when the store is opened.
    func write(if isAllowed: () -> Bool, _ current: () -> IdentityFile) -> StoreError? {
        let problem: StoreError? = lock.withLock {
            guard isAllowed() else { return nil }
            let current = current()
            guard current != written else { return nil }
            do throws(StoreError) {
                // Root would leave a file that the directory's owner cannot read.
                try directory.check()
                try current.write(directory.identity)
                written = current
                return nil
            } catch {
                return error
            }
        }
        return problem.flatMap { $0.isUnusable ? nil : $0 }
    }

    /// Removes the file, unless it comes after the last erasure and the user is not opted out.
    ///
    /// - Parameter isOptedOut: Asked under the lock: an opt-in that comes later writes the file again.
    func remove(isOptedOut: () -> Bool) {
        lock.withLock {
            for file in directory.unfinished { unlink(file) }
            let erasure = consent.erasure
            if written?.erasure != erasure { written = nil }
            guard IdentityFile.read(directory.identity, .recording(erasure: erasure)) == nil || isOptedOut() else {
                return
            }
            unlink(directory.identity)
        }
    }

    /// In a forked child, where the thread that held the lock does not exist.
    func reinitializeInChild() { lock.reinitialize() }
}
