// SPDX-License-Identifier: MIT

/// The call that a spool record holds, as it was stamped.
enum SpooledCall {
    case event(Event)
    case reset(Reset)
    case visit(VisitCall)
}

/// A reset as it was stamped, with the identity that follows it.
struct Reset: Sendable {
    var moment: Moment
    var anonymousId: String
    /// When the identity counts as changed; see ``Identity/nextChange(at:)``.
    var changed: Timestamp
}

/// The binary form of a call in the spool. Only the version that a record names can read it.
enum EventRecord {
    private static let version: UInt8 = 1
    private static let resetKind: UInt8 = 0xFF
    private static let visitKind: UInt8 = 0xFE

    private static let types: [EventType] = [.track, .identify, .screen, .page, .group, .alias]

    /// The place of a type in ``types``.
    private static func number(of type: EventType) -> UInt8 {
        switch type {
        case .track: 0
        case .identify: 1
        case .screen: 2
        case .page: 3
        case .group: 4
        case .alias: 5
        }
    }

    static func write(_ event: borrowing Event, to buffer: inout ByteBuffer) {
        buffer.append(version)
        buffer.append(number(of: event.type))
        var flags: UInt8 = event.hasGivenTimestamp ? 1 : 0
        if case .uuid = event.identifier { flags |= 2 }
        if event.identityChanged != nil { flags |= 4 }
        if event.visitId != nil { flags |= 8 }
        if event.hasOwnAnonymousId { flags |= 16 }
        if event.hasOwnUserId { flags |= 32 }
        if event.isAutomatic { flags |= 64 }
        if event.isForeign { flags |= 128 }
        buffer.append(flags)
        buffer.append(UInt8(truncatingIfNeeded: event.priority.rawValue))
        buffer.append(littleEndian: event.timestamp.milliseconds)
        buffer.append(littleEndian: event.bootNanoseconds)
        switch event.identifier {
        case .uuid(let uuid):
            buffer.append(littleEndian: uuid.high)
            buffer.append(littleEndian: uuid.low)
        case .text(let text): buffer.append(binary: text)
        case .unassigned: buffer.append(binary: "")
        }
        if let changed = event.identityChanged { buffer.append(littleEndian: changed.milliseconds) }
        buffer.append(binary: event.anonymousId)
        // Which optional texts follow.
        var present: UInt8 = 0
        if event.userId != nil { present |= 1 }
        if event.event != nil { present |= 2 }
        if event.name != nil { present |= 4 }
        if event.category != nil { present |= 8 }
        if event.groupId != nil { present |= 16 }
        if event.previousId != nil { present |= 32 }
        buffer.append(present)
        append(event.userId, to: &buffer)
        append(event.event, to: &buffer)
        append(event.name, to: &buffer)
        append(event.category, to: &buffer)
        append(event.groupId, to: &buffer)
        append(event.previousId, to: &buffer)
        buffer.append(binary: event.properties)
        buffer.append(binary: event.traits)
        buffer.append(binary: event.context)
        buffer.append(binary: event.integrations)
        buffer.append(binary: event.extra)
    }

    @inline(__always)
    private static func append(_ text: String?, to buffer: inout ByteBuffer) {
        if let text { buffer.append(binary: text) }
    }

    static func write(_ reset: Reset, to buffer: inout ByteBuffer) {
        buffer.append(version)
        buffer.append(resetKind)
        buffer.append(littleEndian: reset.moment.wall.milliseconds)
        buffer.append(littleEndian: reset.moment.bootNanoseconds)
        buffer.append(littleEndian: reset.changed.milliseconds)
        buffer.append(binary: reset.anonymousId)
    }

    static func write(_ call: VisitCall, to buffer: inout ByteBuffer) {
        buffer.append(version)
        buffer.append(visitKind)
        buffer.append(littleEndian: call.moment.wall.milliseconds)
        buffer.append(littleEndian: call.moment.bootNanoseconds)
        let (number, id, reason): (UInt8, String, String) =
            switch call.change {
            case .begin(let id): (0, id, "")
            case .end(let id, let reason): (1, id ?? "", reason.rawValue)
            case .pause(let isPaused): (isPaused ? 2 : 3, "", "")
            case .attract(let isOn): (isOn ? 4 : 5, "", "")
            }
        buffer.append(number)
        buffer.append(binary: id)
        buffer.append(binary: reason)
    }

    private static func visit(_ reader: inout BinaryReader, _ bootID: String) -> SpooledCall? {
        guard let time: Int64 = reader.integer(), let boot: Int64 = reader.integer(),
            let number: UInt8 = reader.integer(), let id = reader.string(), let reason = reader.string(),
            reader.isAtEnd
        else { return nil }
        let change: VisitChange
        switch number {
        case 0: change = .begin(anonymousId: id)
        case 1: change = .end(anonymousId: id.isEmpty ? nil : id, reason: VisitEndReason(rawValue: reason))
        case 2, 3: change = .pause(isOn: number == 2)
        case 4, 5: change = .attract(isOn: number == 4)
        default: return nil
        }
        return .visit(
            VisitCall(
                change: change,
                moment: Moment(wall: Timestamp(milliseconds: time), bootNanoseconds: boot, bootID: bootID)))
    }

    /// Reads a record; `nil` when it is damaged or of another version.
    ///
    /// - Parameter bootID: The boot in which the record was written.
    static func read(_ bytes: UnsafeRawBufferPointer, bootID: String) -> SpooledCall? {
        var reader = BinaryReader(bytes)
        guard reader.integer(UInt8.self) == version, let kind: UInt8 = reader.integer() else { return nil }
        guard kind != resetKind else { return reset(&reader, bootID) }
        guard kind != visitKind else { return visit(&reader, bootID) }
        guard Int(kind) < types.count, let flags: UInt8 = reader.integer(),
            let priority = reader.integer(UInt8.self).flatMap({ Priority(rawValue: Int($0)) }),
            let time: Int64 = reader.integer(), let boot: Int64 = reader.integer()
        else { return nil }

        var event = Event(type: types[Int(kind)], identifier: .unassigned)
        if flags & 2 != 0 {
            guard let high: UInt64 = reader.integer(), let low: UInt64 = reader.integer() else { return nil }
            event.identifier = .uuid(UUIDv4(bytes: high, low))
        } else {
            guard let text = reader.string() else { return nil }
            event.messageId = text
        }
        if flags & 4 != 0 {
            guard let changed: Int64 = reader.integer() else { return nil }
            event.identityChanged = Timestamp(milliseconds: changed)
        }
        event.hasGivenTimestamp = flags & 1 != 0
        event.hasOwnAnonymousId = flags & 16 != 0
        event.hasOwnUserId = flags & 32 != 0
        event.isAutomatic = flags & 64 != 0
        event.isForeign = flags & 128 != 0
        event.priority = priority
        event.timestamp = Timestamp(milliseconds: time)
        event.bootNanoseconds = boot
        event.bootID = bootID

        guard let anonymousId = reader.string(), let present: UInt8 = reader.integer() else { return nil }
        event.anonymousId = anonymousId
        if flags & 8 != 0 { event.visitId = anonymousId }
        var isWhole = true
        func text(_ flag: UInt8) -> String? {
            guard present & flag != 0 else { return nil }
            let text = reader.string()
            if text == nil { isWhole = false }
            return text
        }
        event.userId = text(1)
        event.event = text(2)
        event.name = text(4)
        event.category = text(8)
        event.groupId = text(16)
        event.previousId = text(32)
        // Earlier versions sent a time as it was typed, and kept that text beside the time.
        _ = text(64)
        guard isWhole else { return nil }
        guard let properties = reader.object(), let traits = reader.object(), let context = reader.object(),
            let integrations = reader.object(), let extra = reader.object(), reader.isAtEnd
        else { return nil }
        event.properties = properties
        event.traits = traits
        event.context = context
        event.integrations = integrations
        event.extra = extra
        // Earlier versions kept blank ids.
        event.normalize()
        return .event(event)
    }

    private static func reset(_ reader: inout BinaryReader, _ bootID: String) -> SpooledCall? {
        guard let time: Int64 = reader.integer(), let boot: Int64 = reader.integer(),
            let changed: Int64 = reader.integer(), let anonymousId = reader.string(), reader.isAtEnd
        else { return nil }
        return .reset(
            Reset(
                moment: Moment(wall: Timestamp(milliseconds: time), bootNanoseconds: boot, bootID: bootID),
                anonymousId: anonymousId, changed: Timestamp(milliseconds: changed)))
    }
}
