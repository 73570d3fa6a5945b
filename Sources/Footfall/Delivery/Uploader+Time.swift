// SPDX-License-Identifier: MIT
import FootfallStore
import FootfallTransport

// What the uploader knows of the time, and does not send before it is known.
extension Uploader {
    /// While the pipeline moves events nothing of them is sent, at most so long.
    private static let longestCorrection = Duration.seconds(60).nanoseconds

    /// Now, right if that is known: what `sentAt` says.
    var time: Timestamp {
        let now = clock.moment
        return clocks.corrected(now) ?? now.wall
    }

    /// The hosts that know the time, this lane's own first.
    private func hosts(_ lane: DestinationUploader? = nil) -> [String] {
        var found: [String] = []
        for host in ((lane.map { [$0] } ?? []) + lanes).lazy.compactMap(\.verifiedHost) where !found.contains(host) {
            found.append(host)
        }
        return found
    }

    // MARK: - Before an attempt

    /// Tries a batch, unless its times are doubtful and something can be done
    /// about that first. From here on its bytes stay as they are.
    func attempt(_ lane: DestinationUploader, _ batch: DeliveryBatch, _ now: Int64) throws(StoreError) {
        let isSynchronized = clock.isSynchronized()
        if isSynchronized, let truth = clocks.news(of: clock) { return move(to: truth, now) }
        let hosts = hosts(lane)
        let belief = belief(now)
        let next = witnesses.next(of: hosts, clocks: clocks.rows.count, at: now)
        if !isSynchronized, let next, witnesses.wantsAnother(of: hosts, belief: belief, at: now) {
            return askForTime(lane, batch, next)
        }
        // Nothing more will be known: doubtful events go out marked as such.
        let isOver = isSynchronized || next == nil
        if !isSynchronized, isOver, let truth = truth(hosts, belief, isComplete: true, now) {
            return move(to: truth, now)
        }
        let isContested = !isSynchronized && witnesses.contests(belief, of: hosts, at: now)
        var known = clocks
        let frozen = try lane.outbox.freeze(
            batch, marks: isOver && !isSynchronized, contested: isContested ? clock.bootID : nil,
            limits: lane.delivery.limits, now: clock.moment, clocks: &known)
        clocks = known
        switch frozen.need {
        case .nothing: begin(lane, frozen.batch)
        case .reading: break
        case .correction:
            lane.pausedUntil = now + Self.longestCorrection
            runtime.post(.clockConfirmed(nil))
        case .asking where isSynchronized:
            // By the kernel's clock, which is asked before any server.
            if let truth = known.news(of: clock) { return move(to: truth, now) }
            try markAndBegin(lane, batch)
        case .asking: if let next { askForTime(lane, batch, next) }
        }
    }

    /// The doubtful events are of a boot whose clock cannot be asked any more.
    private func markAndBegin(_ lane: DestinationUploader, _ batch: DeliveryBatch) throws(StoreError) {
        var known = clocks
        let frozen = try lane.outbox.freeze(
            batch, marks: true, limits: lane.delivery.limits, now: clock.moment, clocks: &known)
        clocks = known
        if frozen.need == .nothing { begin(lane, frozen.batch) }
    }

    private func askForTime(_ lane: DestinationUploader, _ batch: DeliveryBatch, _ host: String) {
        guard let asked = lanes.first(where: { $0.verifiedHost == host }), let address = asked.delivery.address else {
            return
        }
        nextTag += 1
        lane.inFlight = DestinationUploader.InFlight(batch: batch, tag: nextTag, timeHost: host)
        guard let transport = transport(for: lane) else { return }
        let problem = transport.head(address, headers: [Self.userAgent], options: transportOptions, tag: nextTag)
        if let problem { finish(lane, .retry(problem, after: nil)) }
    }

    // MARK: - Answers

    /// A host was asked for the time. If it is the lane's own and cannot be reached, the
    /// batch would not have arrived either. A host that takes no HEAD, or another host
    /// that cannot be reached, is not asked for ever.
    func wasAsked(_ lane: DestinationUploader, _ ending: Transport.Ending, _ host: String) {
        let heard = noteTime(ending, lane)
        if case .failure(let why, let wasConnected) = ending {
            let isOwn = lane.verifiedHost == host
            if wasConnected || !isOwn {
                witnesses.heardNothing(from: host, isBroken: true, clocks: clocks.rows.count)
            }
            if isOwn, witnesses.next(of: [host], clocks: clocks.rows.count, at: clock.boot()) != nil {
                return finish(lane, .retry(why, after: nil))
            }
        } else if !heard {
            witnesses.heardNothing(from: host, isBroken: false, clocks: clocks.rows.count)
        }
        // Without a time, the next host is asked, or the batch goes out marked.
        lane.inFlight = nil
        lane.ahead = nil
    }

    /// Takes the time from an answer over verified https; whether the answer has one.
    @discardableResult
    func noteTime(_ ending: Transport.Ending, _ lane: DestinationUploader) -> Bool {
        guard let host = lane.inFlight?.timeHost ?? lane.verifiedHost,
            case .response(let status, let headers, let body) = ending,
            let date = DeliveryResponse(status: status, headers: headers, body: body).date,
            TimeWitnesses.isPossible(date, notBefore: clock.notBefore)
        else { return false }
        let now = clock.boot()
        let said = Moment(wall: date, bootNanoseconds: now, bootID: clock.bootID)
        witnesses.hear(said.offset, from: host, at: now)
        // The kernel's clock is right: no server moves a time.
        guard !clock.isSynchronized() else { return true }
        let hosts = hosts()
        let isComplete = witnesses.next(of: hosts, clocks: clocks.rows.count, at: now) == nil
        noteDispute(witnesses.dispute(of: hosts, at: now), isComplete: isComplete)
        if let truth = truth(hosts, belief(now), isComplete: isComplete, now) { move(to: truth, now) }
        return true
    }

    private func belief(_ now: Int64) -> TimeWitnesses.Belief {
        let known = clocks
        if let truth = known.truth(of: clock.bootID) { return .offset(truth) }
        let moment = Moment(wall: clock.wall(), bootNanoseconds: now, bootID: clock.bootID)
        return known.isTrusted(moment) ? .offset(moment.offset) : .nothing
    }

    private func truth(
        _ hosts: [String], _ belief: TimeWitnesses.Belief, isComplete: Bool, _ now: Int64
    ) -> Int64? {
        guard
            case .moves(let truth) = witnesses.verdict(of: hosts, belief: belief, isComplete: isComplete, at: now)
        else { return nil }
        witnesses.hasMoved(to: truth, of: hosts, belief: belief, at: now)
        return truth
    }

    /// Has the stored events moved, and sends nothing before that.
    private func move(to truth: Int64, _ now: Int64) {
        for lane in lanes where lane.unsettled == nil {
            lane.pausedUntil = now + Self.longestCorrection
            lane.ahead = nil
        }
        runtime.post(.clockConfirmed(truth))
    }

    /// Stores for ``Doctor`` that two hosts contradict each other, or that, when all
    /// were heard, none do any longer.
    private func noteDispute(_ dispute: TimeWitnesses.Dispute?, isComplete: Bool) {
        let record = dispute.map { ClockDispute($0, bootID: clock.bootID) }
        guard record != nil || isComplete, !knowsDispute || record?.hosts != toldDispute?.hosts else { return }
        knowsDispute = true
        toldDispute = record
        // If that fails, no time changes; only Doctor has less to say.
        try? runtime.gate.withStore { (store) throws(StoreError) in
            // Mostly there is no dispute, and no earlier process stored one.
            let old = try store.keyValue.text(ClockDispute.key) ?? ""
            guard record != nil || !old.isEmpty else { return }
            try store.transaction { (_) throws(StoreError) in
                try store.keyValue.set(ClockDispute.key, record?.text ?? "")
            }
        }
        guard let record else { return }
        report(.clockDisputed, "\(record); no stored time is moved", nil)
    }
}
