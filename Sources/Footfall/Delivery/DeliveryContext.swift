// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import FootfallTransport

/// What the destinations of one uploader share: the network, the clocks, and what servers
/// said of the time. Used on the uploader's thread only.
///
/// A forked child leaks its parent's and makes another: the sockets are the parent's, and
/// freeing libcurl's handles would end the parent's TLS connections.
final class DeliveryContext {
    /// A host whose answers say what the time is: it is verified by https.
    struct TimeServer {
        let host: String
        let address: String

        /// - Returns: `nil` for an address whose server is not verified.
        init?(address: String) {
            guard address.hasPrefix("https://"), let host = Endpoint.host(of: address) else { return nil }
            (self.host, self.address) = (host, address)
        }
    }

    unowned let runtime: Runtime
    let sender: RequestSender
    private(set) var network: NetworkPolicy
    private var inquiry = TimeInquiry()
    /// In the order of the destinations; a host may be there several times.
    private var timeServers: [TimeServer] = []
    /// The uploader's thread, once it runs.
    private var thread: UInt64 = 0

    init(_ runtime: Runtime, network: NetworkPolicy) {
        self.runtime = runtime
        self.network = network
        sender = RequestSender(runtime)
    }

    var clock: SystemClock { runtime.configuration.clock }

    /// The calling thread is the uploader's from now on.
    func enterThread() {
        thread = ftf_thread_id()
        runtime.gate.enterUploader()
    }

    /// In debug builds, traps on any other thread.
    func assertOnUploaderThread() { assert(thread == ftf_thread_id(), "this is the uploader's thread only") }

    func set(_ servers: [TimeServer]) { timeServers = servers }

    func set(_ use: NetworkUse) { network.set(use) }

    func report(_ code: FootfallError.Code, _ message: String, _ underlying: (any Error)? = nil) {
        runtime.report(FootfallError(code, message, underlying: underlying))
    }

    // MARK: - The network

    /// Why the network must not be used now; `nil` when it may be used.
    func networkRefusal() -> String? { network.refusal { NetworkBudget.read(runtime.store, at: time) } }

    /// A request with a body of so many bytes was begun. It counts whether it arrives or not.
    func countRequest(bytes: Int) {
        let cost = network.cost(ofBody: bytes)
        if cost > 0 { NetworkBudget.add(cost, runtime.store, at: time) }
    }

    // MARK: - The time

    var clocks: ClockStateMachine {
        get { runtime.uploader.clocks }
        set { runtime.uploader.clocks = newValue }
    }

    /// Now, put right if that is known: what `sentAt` says.
    var time: Timestamp {
        let now = clock.moment
        return clocks.corrected(now) ?? now.wall
    }

    private var knowledge: TimeInquiry.Knowledge { TimeInquiry.Knowledge(clock, clocks) }

    /// The hosts that know the time, without repetition, a destination's own first.
    private func hosts(first own: TimeServer? = nil) -> [String] {
        var found: [String] = own.map { [$0.host] } ?? []
        for server in timeServers where !found.contains(server.host) { found.append(server.host) }
        return found
    }

    /// What comes before an attempt of the destination with this server.
    func stepBeforeAttempt(_ own: TimeServer?) -> TimeInquiry.Step {
        let step = inquiry.step(asking: hosts(first: own), knowledge)
        guard step.mayAsk, networkRefusal() != nil else { return step }
        return step.withoutAsking
    }

    /// Begins to ask a host for the time.
    ///
    /// - Returns: why that could not be begun.
    func askForTime(_ host: String, tag: UInt64) -> DeliveryOutcome? {
        guard let server = timeServers.first(where: { $0.host == host }) else {
            return .retry("the destination on \(host) was removed", after: nil)
        }
        return sender.head(server.address, tag: tag)
    }

    /// Takes the time from an answer.
    ///
    /// - Parameter host: The host that answered, if what it says is verified.
    /// - Returns: whether the answer has a time, and the offset that stored events are to be
    ///   moved to because of it.
    func hear(_ ending: Transport.Ending, from host: String?) -> (hasTime: Bool, truth: Int64?) {
        guard let host, case .response(let status, let headers, let body) = ending,
            let date = DeliveryResponse(status: status, headers: headers, body: body).date,
            TimeWitnesses.isPossible(date, notBefore: clock.notBefore)
        else { return (false, nil) }
        let finding = inquiry.heard(date, from: host, of: hosts(), knowledge)
        switch finding.dispute {
        case .none: break
        case .began(let dispute):
            store(dispute)
            report(.clockDisputed, "\(dispute); no stored time is moved")
        case .over: store(nil)
        }
        return (true, finding.truth)
    }

    /// A host that was asked for the time is done.
    ///
    /// - Returns: why the attempt failed; `nil` when it goes on.
    func answeredTime(
        _ host: String, isOwn: Bool, _ ending: Transport.Ending, hasTime: Bool
    ) -> DeliveryOutcome? {
        let clocks = clocks.rows.count
        guard case .failure(let why, let wasConnected) = ending else {
            _ = inquiry.asked(host, isOwn: isOwn, hasTime ? .time : .noTime, clocks: clocks, at: clock.boot())
            return nil
        }
        let failed = inquiry.asked(
            host, isOwn: isOwn, .failure(wasConnected: wasConnected), clocks: clocks, at: clock.boot())
        return failed ? .retry(why, after: nil) : nil
    }

    /// Stores for ``Doctor`` that two hosts contradict each other, or that none do any longer.
    private func store(_ dispute: ClockDispute?) {
        // If this fails, no time changes; only Doctor has less to say.
        try? runtime.store.withStore { (store) throws(StoreError) in
            // Mostly there is no dispute, and no earlier process stored one.
            let old = try store.keyValue.text(ClockDispute.key) ?? ""
            guard dispute != nil || !old.isEmpty else { return }
            try store.transaction { (_) throws(StoreError) in
                try store.keyValue.set(ClockDispute.key, dispute?.text ?? "")
            }
        }
    }
}
