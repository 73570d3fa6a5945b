// SPDX-License-Identifier: MIT
import CSystem

extension Analytics {
    /// How long a client's plugins take for an event, for the benchmarks. Nothing is stored.
    ///
    /// - Returns: nanoseconds for the chain and for a copy of the event, each once for all times;
    ///   `nil` when the client is closed. Each time the chain gets a copy of its own, since it
    ///   takes the event over.
    package func timeOfChain(_ event: Event, times: Int) -> (chain: Int64, copies: Int64)? {
        let reply = Reply<(chain: Int64, copies: Int64)>()
        let runtime = runtime
        let isTaken = runtime.post(
            .inspect { [unowned runtime] _ in
                let runner = runtime.pipeline.runner
                let begin = ftf_monotonic_nanoseconds()
                // A dropped event is counted by the runner; here it only takes less time.
                for _ in 0..<times { _ = try? runner.prepare(event, []) }
                let middle = ftf_monotonic_nanoseconds()
                let sink = EventSink(event)
                for _ in 0..<times { sink.take(event) }
                reply.fulfil((middle - begin, ftf_monotonic_nanoseconds() - middle))
            })
        return isTaken ? reply.wait() : nil
    }
}

/// Takes events over, as the chain does, and does nothing with them.
private final class EventSink {
    private var event: Event

    init(_ event: Event) { self.event = event }

    @inline(never)
    func take(_ event: consuming Event) { self.event = event }
}
