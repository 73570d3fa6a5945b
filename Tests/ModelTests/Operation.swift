// SPDX-License-Identifier: MIT
import TestSupport

/// Something that happens to a device.
enum Operation: Sendable {
    case track(Tracked)
    /// A destination gets its next batch, and its server answers. With `dies` the process
    /// ends before the result is stored.
    case upload(destination: Int, answer: Answer, dies: Bool)
    /// Time passes, in seconds, and the store is tidied.
    case tick(Int)
    /// The wall clock is set, by so many seconds.
    case setClock(Int)
    case reboot
    /// The process ends and another begins.
    case kill
    /// The power is cut, now or at the n-th write or sync. The seed decides which bytes that
    /// were not synced are lost.
    case cut(after: Int = 0, seed: UInt64)
    /// Another program fills the disk; so many bytes are left.
    case full(room: Int)
    case hasRoom
    /// The user opts out and in again.
    case optOut
    case retryDeadLetters
    case purgeDeadLetters

    /// So many calls, stored together; with `dies` the process ends before they are.
    struct Tracked: Sendable {
        var count = 1
        var priority = 1
        /// Whether the commit waits for the disk.
        var syncs = false
        var dies = false
        /// At each so many-th event a plugin changes the event and then throws; never with 0.
        var throwsAtEach = 0
    }

    /// What a server may do.
    enum Answer: Sendable, CaseIterable {
        /// It accepts every batch without a bad event.
        case judges
        /// It accepts every batch without a bad event, and names the bad events.
        case names
        /// It takes every second event.
        case halves
        case isBusy, isWrong, refusesAll
    }

    static func random(_ random: inout SplitMix64) -> Operation {
        switch random.next() % 100 {
        case 0..<30: .track(tracked(&random))
        case 30..<62:
            .upload(
                destination: Int(random.next() % 2), answer: answer(&random), dies: random.next() % 12 == 0)
        case 62..<75: .tick(Int(random.next() % 4_000))
        case 75..<79: .setClock(Int(random.next() % 200_000_000) - 100_000_000)
        case 79..<82: .reboot
        case 82..<83: random.next() % 2 == 0 ? .kill : .reboot
        case 83..<85: .cut(after: Int(random.next() % 2 * (random.next() % 60)), seed: random.next() % 1_000)
        case 85..<89: .full(room: Int(random.next() % 4) * Int(random.next() % 40_000))
        case 89..<93: .hasRoom
        case 93..<94: random.next() % 3 == 0 ? .optOut : .hasRoom
        case 94..<97: .retryDeadLetters
        default: .purgeDeadLetters
        }
    }

    private static func tracked(_ random: inout SplitMix64) -> Tracked {
        let most: UInt64 = random.next() % 4 == 0 ? 24 : 6
        return Tracked(
            count: Int(random.next() % most) + 1, priority: Int(random.next() % 3), syncs: random.next() % 4 == 0,
            dies: random.next() % 16 == 0, throwsAtEach: Int(random.next() % 4))
    }

    private static func answer(_ random: inout SplitMix64) -> Answer {
        switch random.next() % 10 {
        case 0..<5: .judges
        case 5: .names
        case 6: .halves
        case 7: .isBusy
        case 8: .isWrong
        default: .refusesAll
        }
    }
}
