// SPDX-License-Identifier: MIT
import FootfallJSON
import Testing

@Suite struct CountedTests {
    @Test func onlyOneTakesTheSingular() {
        #expect(counted(0, "event") == "0 events")
        #expect(counted(1, "event") == "1 event")
        #expect(counted(2, "event") == "2 events")
        #expect(counted(-1, "event") == "-1 events")
        #expect(counted(Int64.max, "event") == "9223372036854775807 events")
    }

    @Test func takesAPluralThatIsNotRegular() {
        #expect(counted(1, "batch", plural: "batches") == "1 batch")
        #expect(counted(3, "batch", plural: "batches") == "3 batches")
    }

    @Test(
        arguments: [
            (0, "0 B"), (10_239, "10239 B"), (10_240, "10 KiB"), (32 << 10, "32 KiB"), (10_485_759, "10239 KiB"),
            (10 << 20, "10 MiB"), (64 << 20, "64 MiB"), (64 << 30, "64 GiB"), (1 << 60, "1073741824 GiB"),
        ] as [(Int64, String)])
    func sizesHaveTheUnitsOfTheLimits(_ bytes: Int64, _ text: String) { #expect(readable(bytes: bytes) == text) }
}
