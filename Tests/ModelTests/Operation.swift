// SPDX-License-Identifier: MIT

/// Something that happens to a device.
enum Operation: Sendable, CustomStringConvertible {
    /// So many calls, stored together; with `dies` the process ends before they are.
    case track(count: Int, priority: Int, dies: Bool)
    /// A destination is given its next batch, and its server answers. With `dies`
    /// the process ends before that is put down.
    case upload(destination: Int, answer: Answer, dies: Bool)
    /// Time passes, in seconds.
    case wait(Int)
    /// Somebody sets the clock, by so many seconds.
    case setClock(Int)
    case reboot
    /// The process ends and another begins.
    case kill
    /// The user opts out and in again.
    case optOut
    case retryDeadLetters
    case purgeDeadLetters

    /// What a server may do.
    enum Answer: Sendable, CaseIterable {
        /// It takes all but a batch with a bad event.
        case judges
        /// As that, and it names the bad ones.
        case names
        /// It takes every second event.
        case halves
        case isBusy, isWrong, refusesAll
    }

    static func random(_ random: inout SplitMix64) -> Operation {
        switch random.next() % 100 {
        case 0..<35:
            .track(
                count: Int(random.next() % 24) + 1, priority: Int(random.next() % 3), dies: random.next() % 16 == 0)
        case 35..<75:
            .upload(
                destination: Int(random.next() % 2), answer: answer(&random), dies: random.next() % 12 == 0)
        case 75..<85: .wait(Int(random.next() % 4_000))
        case 85..<88: .setClock(Int(random.next() % 200_000_000) - 100_000_000)
        case 88..<90: .reboot
        case 90..<94: .kill
        case 94..<95: .optOut
        case 95..<98: .retryDeadLetters
        default: .purgeDeadLetters
        }
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

    var description: String {
        switch self {
        case .track(let count, let priority, let dies): "track(\(count), priority \(priority)\(dies ? ", dies" : ""))"
        case .upload(let destination, let answer, let dies): "upload(\(destination), \(answer)\(dies ? ", dies" : ""))"
        case .wait(let seconds): "wait(\(seconds))"
        case .setClock(let seconds): "setClock(\(seconds))"
        case .reboot: "reboot"
        case .kill: "kill"
        case .optOut: "optOut"
        case .retryDeadLetters: "retryDeadLetters"
        case .purgeDeadLetters: "purgeDeadLetters"
        }
    }
}

/// Numbers that are the same in each run.
struct SplitMix64: RandomNumberGenerator, Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
