// SPDX-License-Identifier: MIT
import Testing

@Suite struct TallyTests {
    private func tally(_ ids: [String]) -> Tally {
        var tally = Tally(expected: ["1": 2, "1-x": 1], possible: ["1-2"])
        for id in ids { tally.add(id) }
        return tally
    }

    @Test func holdsWhenEachCameOnce() {
        #expect(tally(["1-0", "1-1", "1-x-0"]).isWhole)
        #expect(tally(["1-0", "1-1", "1-x-0", "1-2"]).isWhole, "the call under way may be there")
        #expect(tally(["1-0", "1-1", "1-x-0", "6f1c1a9e-4c61-4a02-9a3a-000000000001"]).unknown.isEmpty, "a UUID")
    }

    @Test func namesWhatIsLostDoubledAndUnknown() {
        #expect(tally(["1-0", "1-x-0"]).lost == ["1-1"])
        #expect(tally(["1-0", "1-1", "1-x-0", "1-1"]).doubled == ["1-1"])
        #expect(tally(["1-0", "1-1", "1-x-0", "1-2", "1-2"]).doubled == ["1-2"])
        #expect(tally(["1-3", "2-0", "1-"]).unknown == ["1-3", "2-0", "1-"])
        for ids in [["1-0", "1-x-0"], ["1-0", "1-1", "1-x-0", "1-1"], ["1-0", "1-1", "1-x-0", "1-2", "1-2"]] {
            #expect(!tally(ids).isWhole)
        }
    }
}
