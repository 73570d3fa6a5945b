// SPDX-License-Identifier: MIT

// From any thread.
extension Mailbox {
    /// The identity that the next call is stamped with.
    var currentIdentity: Identity { lock.withLock { who.current } }

    /// The identity outside of visits.
    var installation: Identity { lock.withLock { who.installation } }

    /// The visitor's identity, in a visit.
    var currentVisitor: Identity? { lock.withLock { who.visitor } }

    /// What the identity's file holds.
    var identityFile: IdentityFile { lock.withLock { who.file } }

    /// How often an erasure began a new identity.
    var beginnings: Int { lock.withLock { who.beginnings } }
}
