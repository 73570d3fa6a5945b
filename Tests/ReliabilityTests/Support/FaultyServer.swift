// SPDX-License-Identifier: MIT
import FootfallCollector
import Glibc
import TestSupport

/// A server that answers as it is told, goes down and comes up, and keeps what
/// it took on each path.
final class FaultyServer {
    /// What came on one path.
    struct Taken: Sendable {
        var requests = 0
        /// In the order in which they came first.
        var order: [String] = []
        /// Events that came again, and the batches that brought them.
        var repeated = 0
        var repeatedBatches = 0
        fileprivate(set) var ids: Set<String> = []

        fileprivate mutating func add(_ batch: [String]) {
            let fresh = batch.filter { ids.insert($0).inserted }
            order += fresh
            repeated += batch.count - fresh.count
            if fresh.count < batch.count { repeatedBatches += 1 }
        }
    }

    private struct State: Sendable {
        var answer = CollectorAnswer.accept
        var victim: pid_t?
        var taken: [String: Taken] = [:]
    }

    static let segmentPath = "/v1/b"
    static let webhookPath = "/webhook"

    private let state = Guarded(State())
    private var collector: Collector

    init() throws { collector = try Self.start(state, port: 0) }

    deinit { collector.stop() }

    private static func start(_ state: Guarded<State>, port: UInt16) throws -> Collector {
        var configuration = CollectorConfiguration()
        configuration.port = port
        configuration.validatesEvents = false
        configuration.answer = { path, _ in
            state.read { state in
                state.taken[path, default: Taken()].requests += 1
                return state.answer
            }
        }
        return try Collector(configuration) { batch in
            let victim = state.read { state in
                state.taken[batch.path, default: Taken()].add(MessageIDs.all(inLines: batch.lines))
                defer { state.victim = nil }
                return state.victim
            }
            if let victim { kill(victim, SIGKILL) }
        }
    }

    var segment: String { "segment=\(collector.url)\(Self.segmentPath)" }
    var webhook: String { "webhook=\(collector.url)\(Self.webhookPath)" }

    func become(_ answer: CollectorAnswer) { state.read { $0.answer = answer } }

    /// Goes down and comes up. Connections that wait for an answer are closed.
    func restart() throws {
        let port = collector.port
        collector.stop()
        collector = try Self.start(state, port: port)
    }

    /// Kills a process when the next batch is taken, before it is answered; `nil` takes
    /// that back.
    func killAtNextBatch(_ victim: pid_t?) { state.read { $0.victim = victim } }

    func taken(_ path: String) -> Taken { state.current.taken[path] ?? Taken() }
    func requests(_ path: String) -> Int { state.read { $0.taken[path]?.requests ?? 0 } }
}
