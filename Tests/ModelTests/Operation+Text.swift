// SPDX-License-Identifier: MIT

// As it is written in a test.
extension Operation: CustomStringConvertible {
    var description: String {
        switch self {
        case .track(let tracked): ".track(\(tracked))"
        case .upload(let destination, let answer, let dies):
            ".upload(destination: \(destination), answer: .\(answer), dies: \(dies))"
        case .tick(let seconds): ".tick(\(seconds))"
        case .setClock(let seconds): ".setClock(\(seconds))"
        case .reboot: ".reboot"
        case .kill: ".kill"
        case .cut(let steps, let seed): ".cut(after: \(steps), seed: \(seed))"
        case .full(let room): ".full(room: \(room))"
        case .hasRoom: ".hasRoom"
        case .optOut: ".optOut"
        case .retryDeadLetters: ".retryDeadLetters"
        case .purgeDeadLetters: ".purgeDeadLetters"
        }
    }
}

extension Operation.Tracked: CustomStringConvertible {
    var description: String {
        """
        Operation.Tracked(count: \(count), priority: \(priority), syncs: \(syncs), dies: \(dies), \
        throwsAtEach: \(throwsAtEach))
        """
    }
}
