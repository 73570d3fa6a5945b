// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore

/// Cuts past events, such as a log, into sessions, without touching the current one.
///
/// The events have times of their own and may come from many devices. Events of one
/// `anonymousId` are one stream; so are events of one `userId` without an anonymousId, and
/// events with neither. The events of a stream must be in the order of their times; one that
/// is not can be stored with ``place(unordered:)``.
///
/// ```swift
/// var replay = SessionReplay(limit: .seconds(1_800))
/// for event in history { store(try replay.add(event)) }
/// store(replay.finish())
/// ```
public struct SessionReplay: Sendable {
    /// An event is earlier than the event before it in its stream. It was not added.
    public struct OutOfOrder: Error, Sendable {
        /// The time of the event before it.
        public var previous: Timestamp
    }

    private let configuration: SessionConfiguration
    private let markers: SessionMarkers
    private var streams: [UTF8Key: SessionStateMachine] = [:]
    /// The sessions of each stream that have ended, oldest first.
    private var ended: [UTF8Key: [Span]] = [:]
    /// The streams in the order they came.
    private var order: [UTF8Key] = []
    /// How many sessions were opened so far.
    public private(set) var sessions = 0

    /// A session that has ended, without what is only needed while it is open.
    private struct Span {
        var id: Int64
        var start: Timestamp
        var last: Timestamp

        init(_ session: Session) {
            id = session.id
            start = session.start
            last = session.last.wall
        }

        func covers(_ time: Timestamp) -> Bool { start <= time && time <= last }
    }

    /// How many ended sessions of a stream are known at least, for events that are out of
    /// order: as many as the store keeps for late events.
    private static let kept = SessionTable.kept

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
        SessionMarkers.readID(of: &stamped)
        switch decision {
        case .join(let id):
            Self.attach(id, to: &stamped)
            return [stamped]
        case .turn(let ended, let id):
            sessions += 1
            if let ended { remember(ended, in: stream) }
            Self.attach(id, to: &stamped)
            let turn = [ended.flatMap { markers.end(of: $0) }, machine.session.flatMap { markers.start(of: $0) }]
            return turn.compactMap { $0.map(Self.past) } + [stamped]
        }
    }

    /// Gives an event that ``add(_:)`` refused the session of its stream that was open at its
    /// time, and changes no session.
    ///
    /// - Returns: the event with the session's id; with −1 when no session covers its time, or
    ///   1,000 sessions of its stream have ended since.
    public func place(unordered event: Event) -> Event {
        let stream = UTF8Key(Self.stream(of: event))
        var placed = event
        Self.attach(session(of: stream, covering: event.timestamp) ?? -1, to: &placed)
        return placed
    }

    private func session(of stream: UTF8Key, covering time: Timestamp) -> Int64? {
        if let open = streams[stream]?.session.map(Span.init), open.covers(time) { return open.id }
        let spans = ended[stream] ?? []
        // The last one that begins at the time or before it.
        var (low, high) = (0, spans.count)
        while low < high {
            let middle = (low + high) / 2
            if spans[middle].start <= time { low = middle + 1 } else { high = middle }
        }
        guard low > 0, spans[low - 1].covers(time) else { return nil }
        return spans[low - 1].id
    }

    private mutating func remember(_ session: Session, in stream: UTF8Key) {
        ended[stream, default: []].append(Span(session))
        if let count = ended[stream]?.count, count >= 2 * Self.kept { ended[stream]?.removeFirst(Self.kept) }
    }

    /// Ends the sessions that are still open.
    ///
    /// - Returns: the `session_end` of each, at the time of its last event.
    public mutating func finish() -> [Event] {
        let open = order.compactMap { streams[$0]?.session }
        streams = [:]
        ended = [:]
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
