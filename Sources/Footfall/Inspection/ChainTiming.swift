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
                let begin = footfall_monotonic_nanoseconds()
                // A dropped event is counted by the runner; here it only takes less time.
                for _ in 0..<times { _ = try? runner.prepare(event, []) }
                let middle = footfall_monotonic_nanoseconds()
                for _ in 0..<times { ignore(event) }
                reply.fulfil((middle - begin, footfall_monotonic_nanoseconds() - middle))
            })
        return isTaken ? reply.wait() : nil
    }
}

/// Takes an event over, as the chain does, and does nothing with it.
@inline(never)
private func ignore(_ event: consuming Event) { withExtendedLifetime(event) {} }
