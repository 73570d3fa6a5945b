// SPDX-License-Identifier: MIT
import Footfall

/// Cuts past events, such as a log, into sessions, without touching the current one.
///
/// The events have times of their own and may come from many devices. Events of one
/// `anonymousId` are one stream; so are events of one `userId` without an anonymousId, and
/// events with neither. The events of a stream must be in the order of their times.
///
/// ```swift
/// var replay = SessionReplay(limit: .seconds(1_800))
/// for event in history { store(try replay.add(event)) }
/// store(replay.finish())
/// ```
public struct SessionReplay: Sendable {
    /// An event is earlier than the event before it in its stream.
    public struct OutOfOrder: Error, Sendable {
        /// The time of the event before it.
        public var previous: Timestamp
    }

    private let configuration: SessionConfiguration
    private let markers: SessionMarkers
    private var streams: [UTF8Key: SessionStateMachine] = [:]
    /// The streams in the order they came.
    private var order: [UTF8Key] = []
    /// How many sessions were opened so far.
    public private(set) var sessions = 0

    /// Cuts sessions as a configuration says.
    public init(configuration: SessionConfiguration) {
        self.configuration = configuration
        markers = SessionMarkers(configuration)
    }

    /// Cuts sessions by a limit.
    public init(limit: Duration) { self.init(configuration: SessionConfiguration(limit: limit)) }

    /// Adds an event.
    ///
    /// - Returns: the markers that belong before the event, then the event with its session.
    public mutating func add(_ event: Event) throws(OutOfOrder) -> [Event] {
        let stream = UTF8Key(Self.stream(of: event))
        var machine =
            streams[stream]
            ?? SessionStateMachine(
                limit: configuration.limit, maximumLength: configuration.maximumLength)
        if let last = machine.session?.last.wall, event.timestamp < last { throw OutOfOrder(previous: last) }
        if streams[stream] == nil { order.append(stream) }

        // History has one clock: the gap between two of its times.
        let moment = SessionMoment(wall: event.timestamp, bootNanoseconds: 0, bootID: event.timestamp.description)
        let decision = machine.event(at: moment, anonymousId: event.anonymousId, userId: event.userId)
        streams[stream] = machine
        var stamped = event
        switch decision {
        case .join(let id):
            Self.attach(id, to: &stamped)
            return [stamped]
        case .turn(let ended, let id):
            sessions += 1
            Self.attach(id, to: &stamped)
            let turn = [ended.flatMap { markers.end(of: $0) }, machine.session.flatMap { markers.start(of: $0) }]
            return turn.compactMap { $0.map(Self.past) } + [stamped]
        }
    }

    /// Ends the sessions that are still open.
    ///
    /// - Returns: the `session_end` of each, at the time of its last event.
    public mutating func finish() -> [Event] {
        let open = order.compactMap { streams[$0]?.session }
        streams = [:]
        order = []
        return open.compactMap { markers.end(of: $0).map(Self.past) }
    }

    private static func stream(of event: Event) -> String {
        event.anonymousId.isEmpty ? event.userId.map { "user:\($0)" } ?? "" : "anonymous:\(event.anonymousId)"
    }

    private static func attach(_ id: Int64, to event: inout Event) {
        guard SessionMarkers.attachedID(event) == nil, SessionMarkers.takesID(event) else { return }
        SessionMarkers.attach(id, to: &event)
    }

    /// Keeps a marker of the past from ending the current session.
    private static func past(_ marker: Event) -> Event {
        var marker = marker
        marker.markAsPast()
        return marker
    }
}
