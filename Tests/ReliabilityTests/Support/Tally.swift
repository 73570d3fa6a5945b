// SPDX-License-Identifier: MIT

/// How often each expected event came: once, not at all, or more than once.
///
/// Ids are counted as they are read and are not kept, a byte for each expected event:
/// the long form of a test has millions.
struct Tally: CustomStringConvertible {
    /// How often `PREFIX-n` came, by prefix and n.
    private var counts: [String: [UInt8]]
    /// How often each of those came that may be missing.
    private var possible: [String: Int]
    /// Ids of our making that came and that were not expected.
    private(set) var unknown: [String] = []
    /// Events without an id of the test's, such as the start of a session, have a UUID.
    private static let uuidLength = 36

    /// - Parameters:
    ///   - expected: What must come: `PREFIX-0` to `PREFIX-(count-1)`, by prefix.
    ///   - possible: What may come, at most once.
    init(expected: [String: Int], possible: Set<String> = []) {
        counts = expected.mapValues { [UInt8](repeating: 0, count: $0) }
        self.possible = Dictionary(uniqueKeysWithValues: possible.map { ($0, 0) })
    }

    mutating func add(_ id: String) {
        if let dash = id.utf8.lastIndex(of: UInt8(ascii: "-")), let number = Int(id[id.utf8.index(after: dash)...]) {
            let prefix = String(id[..<dash])
            if let count = counts[prefix]?.count, number >= 0, number < count {
                if counts[prefix]?[number] != .max { counts[prefix]?[number] += 1 }
                return
            }
        }
        if let count = possible[id] {
            possible[id] = count + 1
        } else if id.utf8.count < Self.uuidLength {
            unknown.append(id)
        }
    }

    private func ids(where isWanted: (UInt8) -> Bool) -> [String] {
        var found: [String] = []
        for (prefix, counts) in counts.sorted(by: { $0.key < $1.key }) {
            for (number, count) in counts.enumerated() where isWanted(count) { found.append("\(prefix)-\(number)") }
        }
        return found
    }

    var expected: Int { counts.values.reduce(0) { $0 + $1.count } }
    var once: Int { counts.values.reduce(0) { sum, counts in sum + counts.count { $0 == 1 } } }
    var lost: [String] { ids { $0 == 0 } }
    var doubled: [String] { ids { $0 > 1 } + possible.filter { $0.value > 1 }.keys.sorted() }
    var isWhole: Bool { once == expected && possible.values.allSatisfy { $0 <= 1 } }

    var description: String {
        let (lost, doubled) = (lost, doubled)
        return "\(once) of \(expected) once, \(lost.count) lost (\(lost.prefix(5))), "
            + "\(doubled.count) doubled (\(doubled.prefix(5)))"
    }
}
