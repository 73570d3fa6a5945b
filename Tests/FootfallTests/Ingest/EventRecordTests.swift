// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@_spi(Sessions) @testable import Footfall

@Suite struct EventRecordTests {
    private func record(_ event: Event) -> [UInt8] {
        var buffer = ByteBuffer()
        EventRecord.write(event, to: &buffer)
        return buffer.array()
    }

    private func read(_ bytes: [UInt8], bootID: String = "this") -> SpooledCall? {
        bytes.withUnsafeBytes { EventRecord.read($0, bootID: bootID) }
    }

    /// An event with every field and every kind of value.
    private func fullEvent(_ type: EventType) throws -> Event {
        let values =
            #"{"int":1790000000123,"min":-9223372036854775808,"big":18446744073709551615,"half":1.5,"long":0.1000000000000000055,"yes":true,"no":false,"nothing":null,"text":"grün \"x\" \u0000","list":[1,[2,{"a":[]}],{}],"object":{"deep":{"er":-0.25}}}"#
        let object = try #require(JSONParser.parse(values).objectValue)
        var event = Event(type: type, timestamp: Timestamp(milliseconds: 1_700_000_000_123), anonymousId: "anonymous")
        event.userId = "user"
        event.event = "event"
        event.name = "name"
        event.category = "category"
        event.groupId = "group"
        event.previousId = "previous"
        event.properties = object
        event.traits = ["a": 1]
        event.context = ["b": .object(object)]
        event.integrations = ["All": false, "X": ["y": 2]]
        event.extra = ["channel": "server", "": ""]
        event.priority = .low
        event.hasGivenTimestamp = true
        event.isForeign = true
        event.bootNanoseconds = 123_456_789
        return event
    }

    @Test(arguments: EventType.allCases) func keepsEveryField(type: EventType) throws {
        let event = try fullEvent(type)
        guard case .event(let again) = read(record(event), bootID: "boot") else {
            Issue.record("no event")
            return
        }
        #expect(again.jsonText == event.jsonText)
        #expect(again.type == type)
        #expect(again.messageId == event.messageId)
        #expect(again.priority == .low)
        #expect(again.hasGivenTimestamp && again.isForeign)
        #expect(again.bootNanoseconds == 123_456_789)
        #expect(again.bootID == "boot")
        #expect(again.timestamp == event.timestamp)
        #expect(again.extra == event.extra)
    }

    @Test func keepsWhatIsMissingMissing() throws {
        var event = Event(type: .track, timestamp: Timestamp(milliseconds: -1))
        event.messageId = "m"
        guard case .event(let again) = read(record(event)) else {
            Issue.record("no event")
            return
        }
        #expect(again.jsonText == event.jsonText)
        #expect(again.messageId == "m")
        #expect((again.userId, again.event, again.name, again.category) == (nil, nil, nil, nil))
        #expect((again.groupId, again.previousId, again.bootID) == (nil, nil, "this"))
        #expect(!again.hasGivenTimestamp)
        #expect(again.priority == .normal)
    }

    /// Earlier versions kept a time's text as it was typed, behind the other texts.
    @Test func readsARecordOfAnEarlierVersionThatHasTheTimesText() throws {
        let event = try fullEvent(.track)
        var bytes = record(event)
        func end(of text: String) throws -> Int {
            let utf8 = Array(text.utf8)
            let begin = try #require(bytes.indices.first { bytes[$0...].starts(with: utf8) })
            return begin + utf8.count
        }
        bytes[try end(of: "anonymous")] |= 64
        var text = ByteBuffer()
        text.append(binary: "2023-11-14 23:13:60z")
        bytes.insert(contentsOf: text.array(), at: try end(of: "previous"))
        guard case .event(let again) = read(bytes) else {
            Issue.record("no event")
            return
        }
        #expect(again.jsonText == event.jsonText)
        #expect(again.jsonText.contains(#""timestamp":"2023-11-14T22:13:20.123Z""#))
    }

    @Test func takesBlankIdsOfAnEarlierVersionForMissing() throws {
        var event = Event(type: .track, timestamp: Timestamp(milliseconds: 5), anonymousId: " ")
        event.event = "A"
        event.userId = ""
        event.groupId = " "
        event.integrations = ["all": false]
        guard case .event(let again) = read(record(event)) else {
            Issue.record("no event")
            return
        }
        #expect((again.anonymousId, again.userId, again.groupId) == ("", nil, nil))
        #expect(again.integrations == ["All": false])
    }

    @Test func keepsAReset() {
        let reset = Reset(
            moment: Moment(wall: Timestamp(milliseconds: 5), bootNanoseconds: 6, bootID: "boot"), anonymousId: "a",
            changed: Timestamp(milliseconds: 7))
        var buffer = ByteBuffer()
        EventRecord.write(reset, to: &buffer)
        guard case .reset(let again) = read(buffer.array(), bootID: "boot") else {
            Issue.record("no reset")
            return
        }
        #expect(again.moment == reset.moment)
        #expect(again.anonymousId == "a")
        #expect(again.changed.milliseconds == 7)
    }

    @Test func refusesAnotherVersionAndWhatIsCutShort() throws {
        let bytes = record(try fullEvent(.track))
        #expect(read([2] + bytes.dropFirst()) == nil)
        #expect(read([]) == nil)
        for count in 0..<bytes.count { #expect(read(Array(bytes.prefix(count))) == nil, "\(count)") }
        #expect(read(bytes + [0]) == nil)
    }

    /// The bytes come from a file, which may be damaged in any way.
    @Test func neverTrapsOnBytesThatAreNone() throws {
        let originals = try EventType.allCases.map { record(try fullEvent($0)) }
        var random = SplitMix64()
        for round in 0..<10_000 {
            var bytes = originals[round % originals.count]
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
                case 2: bytes[place] = 0xFF
                case 3: bytes.remove(at: place)
                default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
                }
            }
            if case .event(let event) = read(bytes) { _ = event.jsonText }
        }
    }

    @Test func neverTrapsOnRandomBytes() {
        var random = SplitMix64()
        for _ in 0..<2_000 {
            let count = Int.random(in: 0..<200, using: &random)
            let bytes =
                [1, UInt8.random(in: 0..<6, using: &random)]
                + (0..<count).map { _ in
                    UInt8.random(in: 0...8, using: &random)
                }
            _ = read(bytes)
        }
    }
}
