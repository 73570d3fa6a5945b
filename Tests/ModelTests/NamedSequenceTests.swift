// SPDX-License-Identifier: MIT
import Testing

@testable import Footfall

/// Short sequences of what is promised, and of what failed once.
@Suite struct NamedSequenceTests {
    private func expectNoDifference(_ operations: [Operation], seed: UInt64 = 1) throws {
        let found = Difference.found(by: operations, seed: seed, on: try Disk())
        #expect(found == nil)
    }

    @Test func whatWasWaitedForSurvivesACut() throws {
        for seed in 0..<16 as Range<UInt64> {
            try expectNoDifference([
                .track(Operation.Tracked(count: 24, syncs: true)), .cut(seed: seed),
                .track(Operation.Tracked(count: 24)), .track(Operation.Tracked(count: 24)), .cut(seed: seed + 100),
                .upload(destination: 0, answer: .judges, dies: false), .cut(seed: seed + 200),
            ])
        }
    }

    @Test func aCutInTheMidstOfDeliveryRepeatsAtMost() throws {
        for seed in 0..<16 as Range<UInt64> {
            try expectNoDifference([
                .track(Operation.Tracked(count: 40, syncs: true)),
                .upload(destination: 0, answer: .halves, dies: false),
                .upload(destination: 1, answer: .judges, dies: false), .cut(seed: seed), .tick(4_000),
                .upload(destination: 0, answer: .names, dies: true), .cut(seed: seed + 100),
            ])
        }
    }

    @Test func aFullDiskStillDelivers() throws {
        let uploads = (0..<8).map { Operation.upload(destination: $0 % 2, answer: .judges, dies: false) }
        try expectNoDifference(
            [.track(Operation.Tracked(count: 60, syncs: true)), .full(room: 0)] + uploads + [
                .track(Operation.Tracked(count: 24)), .kill, .upload(destination: 0, answer: .judges, dies: false),
            ])
    }

    @Test func aFullDiskThatIsCutLosesNothing() throws {
        for seed in 0..<16 as Range<UInt64> {
            try expectNoDifference([
                .track(Operation.Tracked(count: 24, syncs: true)), .full(room: Int(seed) * 2_000),
                .track(Operation.Tracked(count: 24)), .track(Operation.Tracked(count: 24, syncs: true)),
                .cut(seed: seed), .hasRoom, .track(Operation.Tracked(count: 24, syncs: true)),
                .cut(seed: seed + 100),
            ])
        }
    }

    @Test func whatWasOptedOutOfDoesNotComeBack() throws {
        for seed in 0..<16 as Range<UInt64> {
            try expectNoDifference([
                .track(Operation.Tracked(count: 8, syncs: true)),
                .upload(destination: 0, answer: .judges, dies: false),
                .upload(destination: 1, answer: .judges, dies: false), .optOut, .cut(seed: seed),
            ])
        }
    }

    /// Nothing was left to remove, and there is no room to write the file anew.
    @Test(arguments: [8_000, 16_000, 32_000]) func whatWasDeliveredBeforeAnOptOutDoesNotComeBack(_ room: Int) throws {
        for seed in 0..<16 as Range<UInt64> {
            try expectNoDifference([
                .track(Operation.Tracked(count: 8, syncs: true)),
                .upload(destination: 0, answer: .judges, dies: false),
                .upload(destination: 1, answer: .judges, dies: false), .full(room: room), .optOut, .cut(seed: seed),
            ])
        }
    }

    /// The room that was kept was used, the disk was filled further, and it goes on.
    @Test func aDiskIsFilledTwice() throws {
        try expectNoDifference([
            .track(Operation.Tracked(count: 6, syncs: true)),
            .upload(destination: 0, answer: .refusesAll, dies: false), .full(room: 0),
            .upload(destination: 0, answer: .judges, dies: false), .full(room: 30_242),
            .track(Operation.Tracked(count: 1, priority: 0, syncs: true)),
            .track(Operation.Tracked(count: 17, syncs: true)), .track(Operation.Tracked(count: 12)), .tick(1_486),
            .upload(destination: 1, answer: .judges, dies: false),
        ])
    }

    @Test func anOptOutOnAFullDiskIsNotUndone() throws {
        try expectNoDifference(
            [
                .track(Operation.Tracked(count: 3, priority: 1, syncs: true, dies: false)),
                .upload(destination: 1, answer: .judges, dies: false),
                .full(room: 23901),
                .tick(2614),
                .upload(destination: 0, answer: .judges, dies: false),
                .track(Operation.Tracked(count: 3, priority: 1, syncs: true, dies: false)),
                .track(Operation.Tracked(count: 4, priority: 1, syncs: false, dies: false)),
                .upload(destination: 1, answer: .isWrong, dies: false),
                .cut(after: 54, seed: 564),
                .optOut,
                .track(Operation.Tracked(count: 2, priority: 2, syncs: true, dies: false)),
            ], seed: 2977)
    }
}
