// SPDX-License-Identifier: MIT
import FootfallStore

/// Who calls are stamped with: the visitor, while a visit is open, else the installation.
///
/// Invariant: a visitor's identity ends with the visit and reaches no file; an identity
/// from before an erasure does not come back.
///
/// It is guarded by the mailbox's lock.
struct CurrentIdentity {
    private var ledger: IdentityLedger
    /// The erasure that the installation's identity comes after.
    private var erasure: Int64
    /// How often an erasure began a new identity.
    private(set) var beginnings = 0
    /// The identity of the visit that is open, as far as this process knows.
    private(set) var visitor: Identity?
    /// How many calls changed the visit.
    private(set) var visitCalls = 0

    init(_ identity: Identity, erasure: Int64) {
        ledger = IdentityLedger(identity)
        self.erasure = erasure
    }

    /// The identity outside of visits.
    var installation: Identity { ledger.identity }

    /// The identity that the next call is stamped with.
    var current: Identity { visitor ?? installation }

    // Without a copy of the whole identity, which has its traits.
    private var anonymousId: String { visitor?.anonymousId ?? ledger.identity.anonymousId }

    private var userId: String? {
        guard let visitor else { return ledger.identity.userId }
        return visitor.userId
    }

    /// What the identity's file holds.
    var file: IdentityFile { IdentityFile(identity: installation, erasure: erasure) }

    // MARK: - Stamps

    /// Stamps a call, and follows it where it changes the identity.
    mutating func stamp(_ event: inout Event, _ options: PostOptions) {
        guard !event.isForeign else { return stamp(imported: &event, isOwn: false) }
        event.hasOwnAnonymousId = options.overridesAnonymousId
        event.hasOwnUserId = options.overridesUserId || event.userId != nil
        if options.change != .none {
            var current = current
            let changed = installation.nextChange(at: event.timestamp)
            if options.change == .identify {
                current.apply(identify: event.userId, traits: event.traits, at: changed)
            } else {
                if event.previousId == nil {
                    // An anonymousId that the caller gives names the person.
                    event.previousId =
                        options.overridesAnonymousId ? event.anonymousId : current.userId ?? current.anonymousId
                }
                current.userId = event.userId
                current.changed = changed
            }
            keep(current, &event)
        }
        if !options.overridesAnonymousId { stampAnonymousId(&event) }
        if event.userId == nil, !options.overridesUserId { event.userId = userId }
    }

    /// A visitor's identity ends with the visit, so neither the store nor another process is told.
    private mutating func keep(_ current: Identity, _ event: inout Event) {
        guard visitor == nil else {
            visitor = current
            return
        }
        ledger.replace(with: current)
        event.identityChanged = current.changed
    }

    private func stampAnonymousId(_ event: inout Event) {
        event.anonymousId = anonymousId
        event.visitId = visitor?.anonymousId
    }

    /// Stamps an event that was imported. One that names a person keeps that person.
    ///
    /// - Parameter isOwn: Whether an event with a userId is this client's all the same.
    func stamp(imported event: inout Event, isOwn: Bool) {
        event.hasOwnAnonymousId = true
        event.hasOwnUserId = true
        if event.type == .alias, !isOwn { return stamp(importedAlias: &event) }
        guard event.anonymousId.isEmpty, event.userId == nil || isOwn else { return }
        event.hasOwnAnonymousId = false
        event.hasOwnUserId = event.userId != nil
        stampAnonymousId(&event)
        if event.type == .alias, event.previousId == nil { event.previousId = userId ?? anonymousId }
        event.userId = event.userId ?? userId
    }

    /// Stamps an alias that was imported. Its userId is the new id, so the person that it names
    /// is in its previousId or anonymousId; without both it is this client's user.
    private func stamp(importedAlias event: inout Event) {
        guard event.previousId == nil else { return }
        guard event.anonymousId.isEmpty else {
            event.previousId = event.anonymousId
            return
        }
        event.hasOwnAnonymousId = false
        stampAnonymousId(&event)
        event.previousId = userId ?? anonymousId
    }

    /// Stamps an event that a plugin made by itself: it belongs to no visitor.
    func stamp(automatic event: inout Event) {
        event.isAutomatic = true
        if event.anonymousId.isEmpty { event.anonymousId = installation.anonymousId }
        event.userId = event.userId ?? installation.userId
    }

    // MARK: - Calls

    /// A new identity begins, and a visit ends.
    mutating func reset(at now: Moment, anonymousId: String) -> Reset {
        let reset = Reset(moment: now, anonymousId: anonymousId, changed: installation.nextChange(at: now.wall))
        ledger.replace(with: reset.identity)
        visitor = nil
        visitCalls += 1
        return reset
    }

    /// A visit begins, ends, or is idle without ending.
    ///
    /// - Parameter newId: The anonymousId of a visit that begins.
    mutating func change(_ change: VisitChange, at now: Moment, newId: () -> String) -> VisitCall {
        var call = VisitCall(change: change, moment: now)
        switch change {
        case .begin:
            let visitor = Identity(anonymousId: newId(), userId: nil, traits: [:], changed: Identity.never)
            self.visitor = visitor
            call.change = .begin(anonymousId: visitor.anonymousId)
        case .end(_, let reason):
            call.change = .end(anonymousId: visitor?.anonymousId, reason: reason)
            visitor = nil
        case .pause, .attract: break
        }
        visitCalls += 1
        return call
    }

    // MARK: - Other processes, and erasures

    /// Another process changed the identity.
    ///
    /// - Parameter beginnings: As ``beginnings`` was when `other` was read.
    mutating func adopt(_ other: Identity, asOf beginnings: Int) {
        if beginnings == self.beginnings { ledger.adopt(other) }
    }

    /// Follows what the store says of the visit, unless a later call changed it.
    ///
    /// - Parameter calls: How many of the calls that change the visit are in the store.
    mutating func adopt(visitor other: (anonymousId: String, userId: String?)?, asOf calls: Int) {
        guard calls == visitCalls else { return }
        guard other?.anonymousId != visitor?.anonymousId else {
            // Another process may have identified the visitor.
            if let userId = other?.userId { visitor?.userId = userId }
            return
        }
        visitor = other.map {
            Identity(anonymousId: $0.anonymousId, userId: $0.userId, traits: [:], changed: Identity.never)
        }
    }

    /// Without a session plugin, nothing ends a visit.
    mutating func forgetVisitor() { visitor = nil }

    /// An erasure: a new identity begins.
    mutating func beginAnew(after erasure: Int64) {
        self.erasure = max(self.erasure, erasure)
        beginnings += 1
        ledger = IdentityLedger(.fresh())
        visitor = nil
        visitCalls += 1
    }
}

extension Reset {
    /// The identity that follows the reset.
    var identity: Identity { Identity(anonymousId: anonymousId, userId: nil, traits: [:], changed: changed) }
}
