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
}
