// SPDX-License-Identifier: MIT
import FootfallStore

/// The installation's identity as one place knows it: the callers, or the pipeline.
///
/// Invariant: of two identities the one that was changed later wins, whichever process
/// changed it. No other type compares two identities.
struct IdentityLedger: Sendable {
    private(set) var identity: Identity
    /// Whether the store does not have the identity yet. Only the pipeline's ledger uses it.
    private(set) var isUnstored: Bool

    init(_ identity: Identity, isUnstored: Bool = false) {
        self.identity = identity
        self.isUnstored = isUnstored
    }

    /// Whether a change made at a time is the latest that is known.
    func isLatest(_ changed: Timestamp) -> Bool { changed >= identity.changed }

    /// Follows an event that changes the identity, in the order of the calls. An earlier
    /// change than the one that is known, of another process, changes nothing.
    mutating func follow(_ event: borrowing Event) {
        guard let changed = event.identityChanged, isLatest(changed) else { return }
        switch event.type {
        case .identify: identity.apply(identify: event.userId, traits: event.traits, at: changed)
        case .alias:
            identity.userId = event.userId
            identity.changed = changed
        default: return
        }
        isUnstored = true
    }

    /// Follows a call of this process: it is the latest.
    mutating func replace(with identity: Identity) {
        self.identity = identity
        isUnstored = true
    }

    /// Takes over another process's identity if that was changed later.
    mutating func adopt(_ other: Identity) {
        if other.changed > identity.changed { identity = other }
    }

    /// The store has the identity, or a later one.
    mutating func wasStored() { isUnstored = false }

    /// What the store's copy and the identity that is to be written come to.
    enum Merge: Equatable {
        /// The identity is written.
        case write(Identity)
        /// The store's copy is as late or later.
        case keep
    }

    static func merge(_ own: Identity?, into stored: Identity?) -> Merge {
        guard var own, own.changed > (stored?.changed ?? Identity.never) || stored == nil else { return .keep }
        own.changed = max(own.changed, Timestamp(milliseconds: 0))
        return .write(own)
    }
}
