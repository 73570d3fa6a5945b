// SPDX-License-Identifier: MIT
import FootfallJSON
import TestSupport
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00.000Z", 0), ("2013-01-01T10:42:00.000Z", 1_357_036_920_000),
            ("2000-02-29T23:59:59.999Z", 951_868_799_999), ("2100-03-01T00:00:00.000Z", 4_107_542_400_000),
            ("1969-12-31T23:59:59.999Z", -1), ("0000-01-01T00:00:00.000Z", -62_167_219_200_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999), ("1600-02-29T12:00:00.001Z", -11_670_955_199_999),
        ] as [(String, Int64)])
    func readsAndWritesTheCanonicalForm(text: String, milliseconds: Int64) {
        #expect(Timestamp(text)?.milliseconds == milliseconds)
        #expect(Timestamp(milliseconds: milliseconds).description == text)
    }

    @Test(arguments: [
        ("2013-01-01T10:42:00Z", "2013-01-01T10:42:00.000Z"), ("2013-01-01 10:42:00+02:00", "2013-01-01T08:42:00.000Z"),
        ("2013-01-01t10:42:00.1239-00:30", "2013-01-01T11:12:00.123Z"),
        ("2012-12-31T23:59:60Z", "2013-01-01T00:00:00.000Z"), ("2026-12-31 23:59:60z", "2027-01-01T00:00:00.000Z"),
        // date +%FT%T%z, date -Ins, date -Iminutes, date -Ihours without its hour alone
        ("2026-11-23T18:06:07+0100", "2026-11-23T17:06:07.000Z"),
        ("2026-11-23T18:06:07,065123456+01:00", "2026-11-23T17:06:07.065Z"),
        ("2026-11-23T18:06+01:00", "2026-11-23T17:06:00.000Z"), ("2026-11-23T17:06Z", "2026-11-23T17:06:00.000Z"),
        ("2026-11-23T18:06:07+01", "2026-11-23T17:06:07.000Z"),
        ("2013-01-01T10:42:00.123456+00:00", "2013-01-01T10:42:00.123Z"),
        ("2013-01-01T10:42:00.12345678901234567890123456789012345678901234567890Z", "2013-01-01T10:42:00.123Z"),
        ("@1700000000", "2023-11-14T22:13:20.000Z"), ("@1700000000.5", "2023-11-14T22:13:20.500Z"),
        ("@1700000000,123456789", "2023-11-14T22:13:20.123Z"), ("@0", "1970-01-01T00:00:00.000Z"),
        ("@-1.5", "1969-12-31T23:59:58.500Z"), ("@00000000000000000000001", "1970-01-01T00:00:01.000Z"),
    ])
    func readsOtherForms(text: String, canonical: String) {
        #expect(Timestamp(text)?.description == canonical)
    }

    @Test(arguments: [
        "", "now", "2013-01-01", "2013-13-01T00:00:00Z", "2013-02-29T00:00:00Z", "2013-01-01T24:00:00Z",
        "2013-01-01T00:60:00Z", "2013-01-01T00:00:00", "2013-01-01T00:00:00.Z", "2013-01-01T00:00:00.1",
        "2013-01-01T00:00:00Zx", "20130101T000000Z       ", "2013-01-00T00:00:00Z",
        "+013-01-01T00:00:00Z", "2013-01-01T00:00:61Z", "2013-01-01T00Z", "2013-01-01T00:00.5Z",
        "2013-01-01T00:00:00 Z",
        "2013-01-01T00:00:00+2", "2013-01-01T00:00:00+24", "2013-01-01T00:00:00+02:", "2013-01-01T00:00:00+02:60",
        "2013-01-01T00:00:00+02000", "@", "@-", "@1.", "@1x", "@ 1", "@+1", "1700000000",
    ])
    func refusesTextThatIsNoTimestamp(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test(
        arguments: [
            ("2026-11-23T17:06:07", .noZone), ("2026-11-23 17:06", .noZone), ("2026-11-23T17:06:07.5", .noZone),
            ("2026-11-23", .noTimeOfDay), ("yesterday", .noTime), ("2026-02-30T00:00:00Z", .noTime),
            ("0000-01-01T00:00:00+00:01", .outOfRange), ("9999-12-31T23:59:60Z", .outOfRange),
            ("@1700000000123", .outOfRange), ("@99999999999999999999999", .outOfRange),
            ("@-99999999999999999999999", .outOfRange),
        ] as [(String, Timestamp.Problem)])
    func saysWhyATextIsNoTimestamp(text: String, problem: Timestamp.Problem) {
        #expect(throws: problem) { try Timestamp(reading: text) }
    }

    @Test func saysThatTheZoneIsMissingAndHowToWriteIt() {
        #expect(
            Timestamp.Problem.noZone.text(of: "2026-11-23T17:06:07")
                == "2026-11-23T17:06:07: the zone is missing; write Z for UTC or an offset such as +02:00 at the end")
        #expect(Timestamp.Problem.noTime.text(of: String(repeating: "9", count: 100_000)).utf8.count < 300)
    }

    /// The reader gets foreign bytes; it may refuse them, and never traps.
    @Test func neverTrapsOnOtherTexts() {
        var random = SplitMix64()
        let characters = Array("0123456789-+:.,TtZz @x\u{E9}")
        for _ in 0..<20_000 {
            let text = String(
                (0..<Int.random(in: 0...30, using: &random)).map { _ in
                    characters.randomElement(using: &random) ?? "0"
                })
            guard let time = Timestamp(text) else { continue }
            #expect(Timestamp(time.description) == time, "\(text)")
        }
    }

    @Test func staysInsideFourDigitsOfYear() {
        #expect(Timestamp(milliseconds: .max).description == "9999-12-31T23:59:59.999Z")
        #expect(Timestamp(milliseconds: .min).description == "0000-01-01T00:00:00.000Z")
    }
}

@Suite struct UUIDTests {
    @Test func hasTheVersionAndVariantOfAUUID4() {
        #expect(UUIDv4(random: 0, 0).description == "00000000-0000-4000-8000-000000000000")
        #expect(UUIDv4(random: .max, .max).description == "ffffffff-ffff-4fff-bfff-ffffffffffff")
    }

    @Test func aPoolNeverGivesTheSameUUIDTwice() {
        var pool = RandomPool()
        var seen: Set<UUIDv4> = []
        for _ in 0..<10_000 { seen.insert(pool.uuid()) }
        #expect(seen.count == 10_000)
    }

    @Test func writesTheSameTextIntoABufferAsIntoAString() {
        let uuid = UUIDv4.random()
        var buffer = ByteBuffer()
        buffer.append(uuid)
        #expect(buffer.text() == uuid.description)
    }

    @Test(arguments: [0, 7, 10, 99, -1, .max, .min, 1_000_000_000_000_000_000, 9_999_999_999_999_999] as [Int64])
    func writesIntegers(value: Int64) {
        var buffer = ByteBuffer()
        buffer.append(decimal: value)
        #expect(buffer.text() == String(value))
    }
}
