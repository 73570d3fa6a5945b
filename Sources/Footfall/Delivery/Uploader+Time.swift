// SPDX-License-Identifier: MIT
import FootfallStore
import FootfallTransport

// What the uploader knows of the time, and does not send before it is known.
extension Uploader {
    /// Now, right if that is known: what `sentAt` says.
    var time: Timestamp {
        let wall = clock.wall()
        return clocks.corrected(bootID: clock.bootID, wall: wall, bootNanoseconds: clock.boot()) ?? wall
    }

    /// Tries a batch, unless its times are doubtful and something can be done
    /// about that first. From here on its bytes stay as they are.
    func attempt(_ lane: Lane, _ batch: DeliveryBatch, _ now: Int64) throws(StoreError) {
        let isVerified = lane.delivery.address?.hasPrefix("https://") == true
        var known = clocks
        let frozen = try lane.outbox.freeze(
            batch, marks: !isVerified || lane.askedWithClocks == known.rows.count, limits: lane.delivery.limits,
            notBefore: clock.notBefore, clocks: &known)
        clocks = known
        switch frozen.need {
        case .nothing: begin(lane, frozen.batch)
        case .reading: break
        case .redating:
            lane.pausedUntil = now + Duration.seconds(1).nanoseconds
            guard let truth = known.truth(of: clock.bootID) else { return }
            runtime.post(.clockConfirmed(truth))
        case .asking: askForTime(lane, batch)
        }
    }

    private func askForTime(_ lane: Lane, _ batch: DeliveryBatch) {
        guard let address = lane.delivery.address, let transport = openTransport() else {
            lane.askedWithClocks = clocks.rows.count
            return
        }
        nextTag += 1
        lane.inFlight = Lane.InFlight(batch: batch, tag: nextTag, asksForTime: true)
        let isBegun = transport.head(
            address, headers: ["User-Agent: \(FootfallVersion.name)/\(FootfallVersion.current)"],
            certificateAuthorityFile: runtime.configuration.certificateAuthorityFile, tag: nextTag)
        if !isBegun { finish(lane, .retry("there is no memory for a request", after: nil)) }
    }

    /// The server was asked for the time. Without an answer the batch would not
    /// have arrived, either.
    func wasAsked(_ lane: Lane, _ ending: Transport.Ending) {
        if case .failure(let why) = ending { return finish(lane, .retry(why, after: nil)) }
        lane.inFlight = nil
        lane.ahead = nil
        // If that was of no use, the batch goes as it is, and says so.
        lane.askedWithClocks = clocks.rows.count
    }

    /// Takes the time from an answer over verified https.
    func noteTime(_ ending: Transport.Ending, _ lane: Lane) {
        guard lane.delivery.address?.hasPrefix("https://") == true,
            case .response(let status, let headers, let body) = ending,
            let date = HTTPResponse(status: status, headers: headers, body: body).date, date >= clock.notBefore
        else { return }
        let now = clock.boot()
        let truth = ClockStateMachine.offset(wall: date, bootNanoseconds: now)
        let offset = ClockStateMachine.offset(wall: clock.wall(), bootNanoseconds: now)
        // Servers that disagree must not make it go on and on.
        guard clocks.isNews(truth, of: clock.bootID, wallOffset: offset),
            now - toldTimeAt >= Duration.seconds(60).nanoseconds
        else { return }
        toldTimeAt = now
        for lane in lanes where lane.unsettled == nil {
            lane.pausedUntil = now + Duration.seconds(1).nanoseconds
            lane.ahead = nil
        }
        runtime.post(.clockConfirmed(truth))
    }
}
