// SPDX-License-Identifier: MIT
import FootfallStore

// Who calls are stamped with. All of it under the mailbox's lock.
extension Mailbox {
    /// Stamps a call with who is there: the visitor, else the installation.
    func stampIdentity(_ event: inout Event, _ call: Call) {
        event.hasOwnAnonymousId = call.overridesAnonymousId
        event.hasOwnUserId = call.overridesUserId || event.userId != nil
        var current = visitor ?? identity
        switch call.change {
        case .none: break
        case .identify:
            let changed = identity.nextChange(at: event.timestamp)
            current.apply(identify: event.userId, traits: event.traits, at: changed)
            keep(current, changed, &event)
        case .alias:
            if event.previousId == nil { event.previousId = current.userId ?? current.anonymousId }
            let changed = identity.nextChange(at: event.timestamp)
            current.userId = event.userId
            current.changed = changed
            keep(current, changed, &event)
        }
        if !call.overridesAnonymousId {
            event.anonymousId = current.anonymousId
            event.visitID = visitor?.anonymousId
        }
        if event.userId == nil, !call.overridesUserId { event.userId = current.userId }
    }

    /// A visitor's identity ends with the visit, so nothing else hears of it.
    private func keep(_ current: Identity, _ changed: Timestamp, _ event: inout Event) {
        guard visitor == nil else {
            visitor = current
            return
        }
        identity = current
        event.identityChanged = changed
    }

    /// Changes the identity and tells the pipeline. A visit ends with it.
    func reset(anonymousId: String?) {
        lock.withLock {
            guard !isClosed else { return }
            let now = clock.moment
            let reset = Reset(
                moment: now, anonymousId: anonymousId ?? pool.uuid().description,
                changed: identity.nextChange(at: now.wall))
            identity = Identity(anonymousId: reset.anonymousId, userId: nil, traits: [:], changed: reset.changed)
            visitor = nil
            visitCalls += 1
            add(.reset(reset), at: reset.moment.bootNanoseconds) { EventRecord.write(reset, to: &$0) }
        }
    }

    /// A visit begins, ends, or is idle without ending.
    func post(visit change: VisitChange) {
        lock.withLock {
            guard !isClosed else { return }
            var call = VisitCall(change: change, moment: clock.moment)
            switch change {
            case .begin:
                let visitor = Identity(
                    anonymousId: pool.uuid().description, userId: nil, traits: [:], changed: Identity.never)
                self.visitor = visitor
                call.change = .begin(anonymousId: visitor.anonymousId)
            case .end(_, let reason):
                call.change = .end(visitor?.anonymousId, reason)
                visitor = nil
            case .pause, .attract: break
            }
            visitCalls += 1
            add(.visit(call, calls: visitCalls), at: call.moment.bootNanoseconds) { EventRecord.write(call, to: &$0) }
        }
    }

    /// Puts something between the events, in the spool as well.
    private func add(_ work: Work, at time: Int64, _ write: (inout ByteBuffer) -> Void) {
        sequence += 1
        if usesSpool {
            record.removeAll()
            SpoolRecord.begin(&record)
            write(&record)
            SpoolRecord.finish(&record, sequence: sequence)
            let (isSpooled, _) = appendToSpool(startedAt: time)
            // What follows an event that is only in the spool comes after it.
            if isSpooled, spooledFrom != nil { return }
        }
        entries.append(Entry(sequence: sequence, work: work))
        wake(at: time)
    }

    /// Stamps events that go past the spool, as if they were called now.
    /// Those that name nobody are this client's; `isOwn` says that all are.
    func stamp(_ events: [Event], isOwn: Bool = false) -> [Event] {
        lock.withLock {
            events.map { event in
                var event = event
                event.bootNanoseconds = clock.boot()
                if !event.hasGivenTimestamp { event.timestamp = clock.wall() }
                if case .text(let text) = event.identifier, text.isEmpty { event.identifier = .uuid(pool.uuid()) }
                event.hasOwnAnonymousId = true
                event.hasOwnUserId = true
                guard event.anonymousId.isEmpty, event.userId == nil || isOwn else { return event }
                let current = visitor ?? identity
                event.hasOwnAnonymousId = false
                event.hasOwnUserId = event.userId != nil
                event.visitID = visitor?.anonymousId
                event.anonymousId = current.anonymousId
                if event.type == .alias, event.previousId == nil {
                    event.previousId = current.userId ?? current.anonymousId
                }
                event.userId = event.userId ?? current.userId
                return event
            }
        }
    }

    /// Gives events that a plugin made itself the installation's identity: what
    /// happens by itself is no visitor's.
    func stamp(own events: [Event]) -> [Event] {
        lock.withLock {
            events.map { event in
                var event = event
                event.isAutomatic = true
                if event.anonymousId.isEmpty { event.anonymousId = identity.anonymousId }
                event.userId = event.userId ?? identity.userId
                return event
            }
        }
    }

    /// The identity as the next call will be stamped with.
    var currentIdentity: Identity { lock.withLock { visitor ?? identity } }

    /// The identity outside of visits.
    var installation: Identity { lock.withLock { identity } }

    /// The visitor's, in a visit.
    var currentVisitor: Identity? { lock.withLock { visitor } }

    /// Another process changed the identity; the later change wins.
    ///
    /// - Parameter beginnings: How many erasures had begun a new identity when `other`
    ///   was read: an older one does not come back.
    func adopt(_ other: Identity, asOf beginnings: Int) {
        lock.withLock { if beginnings == newBeginnings, other.changed > identity.changed { identity = other } }
    }

    /// See ``newBeginnings``.
    var beginnings: Int { lock.withLock { newBeginnings } }

    /// The installation's identity, with the erasure that it comes after.
    var identityFile: IdentityFile { lock.withLock { IdentityFile(identity: identity, erasure: identityErasure) } }

    /// What the store says of the visit, with so many of the calls that change it.
    func adopt(visitor other: (anonymousId: String, userId: String?)?, asOf calls: Int) {
        lock.withLock {
            // What was called since is not in the store yet.
            guard calls == visitCalls else { return }
            guard other?.anonymousId != visitor?.anonymousId else {
                // Another process may have heard who it is.
                if let userId = other?.userId { visitor?.userId = userId }
                return
            }
            visitor = other.map {
                Identity(anonymousId: $0.anonymousId, userId: $0.userId, traits: [:], changed: Identity.never)
            }
        }
    }

    /// Nobody is there who would end a visit.
    func forgetVisitor() { lock.withLock { visitor = nil } }
}
