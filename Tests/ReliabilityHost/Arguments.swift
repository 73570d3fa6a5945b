// SPDX-License-Identifier: MIT

/// What a host is to do: a mode, and `key=value` for the rest.
struct Arguments: Sendable {
    let mode: String
    private let values: [String: String]

    init(_ arguments: [String]) {
        mode = arguments.dropFirst().first ?? ""
        var values: [String: String] = [:]
        for argument in arguments.dropFirst(2) {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            values[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
        }
        self.values = values
    }

    func text(_ key: String) -> String? { values[key] }

    func number(_ key: String) -> Int? { values[key].flatMap { Int($0) } }

    func has(_ key: String) -> Bool { values[key] != nil }
}
