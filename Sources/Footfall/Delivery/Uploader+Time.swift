// SPDX-License-Identifier: MIT
import FootfallStore
import FootfallTransport

// What the uploader knows of the time, and does not send before it is known.
extension Uploader {
    /// While the pipeline moves events nothing of them is sent, at most so long.
    private static let longestRedating = Duration.seconds(60).nanoseconds
    /// So many requests for the time that broke off say that the server takes none.
    private static let triesToAsk = 2

    /// Now, right if that is known: what `sentAt` says.
    var time: Timestamp {
        let wall = clock.wall()
        return clocks.corrected(bootID: clock.bootID, wall: wall, bootNanoseconds: clock.boot()) ?? wall
    }

    private func isVerified(_ lane: Lane) -> Bool { lane.delivery.address?.hasPrefix("https://") == true }

    /// Whom to ask for the time: any server that is verified knows it.
    private func whomToAsk(_ lane: Lane) -> Lane? { isVerified(lane) ? lane : lanes.first(where: isVerified) }

    /// Tries a batch, unless its times are doubtful and something can be done
    /// about that first. From here on its bytes stay as they are.
    func attempt(_ lane: Lane, _ batch: DeliveryBatch, _ now: Int64) throws(StoreError) {
        var known = clocks
        let asked = whomToAsk(lane)
        let marks = asked == nil || asked?.askedWithClocks == known.rows.count
        let frozen = try lane.outbox.freeze(
            batch, marks: marks, limits: lane.delivery.limits,
            stamp: ClockStamp(bootID: clock.bootID, wall: clock.wall(), bootNanoseconds: clock.boot()), clocks: &known)
        clocks = known
        switch frozen.need {
        case .nothing: begin(lane, frozen.batch)
        case .reading: break
        case .redating:
            lane.pausedUntil = now + Self.longestRedating
            runtime.post(.clockConfirmed(nil))
        case .asking: if let asked { askForTime(lane, batch, asked) }
        }
    }

    private func askForTime(_ lane: Lane, _ batch: DeliveryBatch, _ asked: Lane) {
        guard let address = asked.delivery.address else {
            asked.askedWithClocks = clocks.rows.count
            return
        }
        nextTag += 1
        lane.inFlight = Lane.InFlight(batch: batch, tag: nextTag, asksForTime: true)
        guard let transport = transport(for: lane) else { return }
        let problem = transport.head(
            address, headers: [Self.userAgent], options: transportOptions, tag: nextTag)
        if let problem { finish(lane, .retry(problem, after: nil)) }
    }

    /// The server was asked for the time. Where it cannot be reached the batch
    /// would not have arrived, either; one that takes no such request is not
    /// asked for ever.
    func wasAsked(_ lane: Lane, _ ending: Transport.Ending) {
        let asked = whomToAsk(lane)
        let isNews = noteTime(ending, lane)
        if case .failure(let why, let wasConnected) = ending {
            if wasConnected { asked?.brokenQuestions += 1 }
            if asked?.brokenQuestions ?? 0 < Self.triesToAsk { return finish(lane, .retry(why, after: nil)) }
        }
        asked?.brokenQuestions = 0
        lane.inFlight = nil
        lane.ahead = nil
        // If that was of no use, the batch goes as it is, and says so.
        if !isNews { asked?.askedWithClocks = clocks.rows.count }
    }

    /// Takes the time from an answer over verified https; whether it is news.
    @discardableResult
    func noteTime(_ ending: Transport.Ending, _ lane: Lane) -> Bool {
        guard isVerified(lane) || lane.inFlight?.asksForTime == true,
            case .response(let status, let headers, let body) = ending,
            let date = HTTPResponse(status: status, headers: headers, body: body).date, date >= clock.notBefore
        else { return false }
        let now = clock.boot()
        let truth = ClockStateMachine.offset(wall: date, bootNanoseconds: now)
        let offset = ClockStateMachine.offset(wall: clock.wall(), bootNanoseconds: now)
        let known = clocks
        guard known.isNews(truth, of: clock.bootID, wallOffset: offset) else {
            lane.claim = nil
            return false
        }
        // Nobody believes the clock: one answer is enough. Otherwise the same server
        // must say it twice.
        let isBelieved = known.isBelieved(clock.bootID)
        let isRepeated = lane.claim.map { abs($0 &- truth) <= ClockStateMachine.tolerance } ?? false
        lane.claim = truth
        guard !isBelieved || isRepeated else { return false }
        for lane in lanes where lane.unsettled == nil {
            lane.pausedUntil = now + Self.longestRedating
            lane.ahead = nil
        }
        runtime.post(.clockConfirmed(truth))
        return true
    }
}
