// SPDX-License-Identifier: MIT

/// What is not as the model says.
struct Difference: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }

    /// What a sequence leads to; `nil` when all is as the model says.
    static func found(by operations: [Operation], seed: UInt64, on disk: Disk) -> String? {
        do {
            let device = try Device(seed: seed, disk: disk)
            for operation in operations { try device.run(operation) }
            try device.finish()
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// A sequence with a difference, without what is not needed for it.
    static func shrunk(_ operations: [Operation], seed: UInt64, on disk: Disk) -> ([Operation], String) {
        var shortest = operations
        var what = found(by: operations, seed: seed, on: disk) ?? ""
        var length = max(operations.count / 2, 1)
        while true {
            var begin = 0
            var isShorter = false
            while begin < shortest.count {
                var fewer = shortest
                fewer.removeSubrange(begin..<min(begin + length, fewer.count))
                if let difference = found(by: fewer, seed: seed, on: disk) {
                    (shortest, what, isShorter) = (fewer, difference, true)
                } else {
                    begin += length
                }
            }
            // Single ones are left out as long as that helps.
            if length == 1, !isShorter { return (shortest, what) }
            length = max(length / 2, 1)
        }
    }
}
