// SPDX-License-Identifier: MIT
import Footfall
import FootfallTransport

/// Answers the requests of a client as a test says, without a network.
///
/// ```swift
/// let transport = FaultyTransport([.status(503), .lostAnswer])
/// let client = ScratchClient(plugins: [SegmentDestination()], transport: transport)
/// client.analytics.track(name: "Order Completed")
/// ```
///
/// The first request gets the first answer, and so on. When all answers are used up, every
/// request is accepted. All members may be used from any thread.
public final class FaultyTransport: Sendable {
    /// What happens to a request.
    public enum Answer: Sendable {
        /// The server accepts it.
        case accepted
        /// The server answers this.
        case response(DeliveryResponse)
        /// It does not reach the server.
        case noConnection
        /// It reaches the server, which accepts it, but the answer does not come back in time.
        case lostAnswer

        /// The server answers with a status, with `Retry-After` in whole seconds if it is given.
        public static func status(_ status: Int, retryAfter: Duration? = nil) -> Answer {
            let headers = retryAfter.map { [(name: "retry-after", value: "\($0.components.seconds)")] } ?? []
            return .response(DeliveryResponse(status: status, headers: headers))
        }
    }

    private let state: Guarded<(answers: [Answer], requests: [DeliveryRequest], accepted: [DeliveryRequest])>
    private let response: DeliveryResponse

    /// - Parameters:
    ///   - answers: What happens to the first requests.
    ///   - response: The answer to a request that is accepted. The default is Segment's: status
    ///     200 and `{"success":true}`.
    public init(_ answers: [Answer] = [], accepting response: DeliveryResponse? = nil) {
        state = Guarded((answers, [], []))
        self.response = response ?? DeliveryResponse(status: 200, body: Array(#"{"success":true}"#.utf8))
    }

    /// The requests that reached the server, each with the body before compression.
    public var requests: [DeliveryRequest] { state.current.requests }

    /// The requests that the server accepted and whose answer arrived.
    package var accepted: [DeliveryRequest] { state.current.accepted }

    /// Whether answers of the test are left.
    package var hasAnswers: Bool { !state.current.answers.isEmpty }

    package func answer(_ request: DeliveryRequest) -> Transport.Ending {
        let answer = state.read { state in
            let answer = state.answers.isEmpty ? Answer.accepted : state.answers.removeFirst()
            if case .noConnection = answer { return answer }
            state.requests.append(request)
            if case .accepted = answer { state.accepted.append(request) }
            return answer
        }
        switch answer {
        case .accepted: return Self.ending(response)
        case .response(let response): return Self.ending(response)
        case .noConnection: return .failure("the simulated server cannot be reached", wasConnected: false)
        case .lostAnswer: return .failure("the answer of the simulated server was lost", wasConnected: true)
        }
    }

    private static func ending(_ response: DeliveryResponse) -> Transport.Ending {
        .response(status: response.status, headers: response.headers, body: response.body)
    }
}

extension Configuration {
    /// Lets a transport of a test answer the requests of all destinations. For tests.
    public func transport(_ transport: FaultyTransport) -> Configuration {
        simulatedServer { transport.answer($0) }
    }
}
