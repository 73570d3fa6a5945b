// SPDX-License-Identifier: MIT
import FootfallJSON
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
        ("2012-12-31T23:59:60Z", "2013-01-01T00:00:00.000Z"),
    ])
    func readsOtherForms(text: String, canonical: String) {
        #expect(Timestamp(text)?.description == canonical)
    }

    @Test(arguments: [
        "", "now", "2013-01-01", "2013-13-01T00:00:00Z", "2013-02-29T00:00:00Z", "2013-01-01T24:00:00Z",
        "2013-01-01T00:60:00Z", "2013-01-01T00:00:00", "2013-01-01T00:00:00.Z", "2013-01-01T00:00:00.1",
        "2013-01-01T00:00:00Zx", "2013-01-01T00:00:00+0200", "20130101T000000Z       ", "2013-01-00T00:00:00Z",
        "+013-01-01T00:00:00Z",
    ])
    func refusesTextThatIsNoTimestamp(text: String) {
        #expect(Timestamp(text) == nil)
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
