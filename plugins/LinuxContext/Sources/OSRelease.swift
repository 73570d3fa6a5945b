// SPDX-License-Identifier: MIT

/// The fields of os-release(5): shell-like assignments, their values quoted or not.
struct OSRelease {
    private let fields: [String: String]

    /// `/etc/os-release`, else `/usr/lib/os-release`, as os-release(5) has it.
    init(_ system: SystemFiles) {
        self.init(text: system.text("/etc/os-release") ?? system.text("/usr/lib/os-release") ?? "")
    }

    init(text: String) {
        var fields: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.drop { $0 == " " || $0 == "\t" }
            guard !line.hasPrefix("#"), let sign = line.firstIndex(of: "=") else { continue }
            fields[String(line[..<sign])] = Self.unquoted(line[line.index(after: sign)...])
        }
        self.fields = fields
    }

    /// What the system is called: `NAME`, which os-release(5) has as `Linux` when
    /// it is missing.
    var name: String { value("NAME") ?? "Linux" }

    /// `VERSION_ID`, or what rolling releases have instead.
    var version: String? { value("VERSION_ID") ?? value("BUILD_ID") }

    private func value(_ key: String) -> String? { fields[key].flatMap { $0.isEmpty ? nil : $0 } }

    /// Takes the quotes off. Within double quotes, and without any, a backslash
    /// stands before a character that is meant as it is.
    private static func unquoted(_ value: Substring) -> String {
        var result = ""
        var quote: Character?
        var rest = value.makeIterator()
        while let character = rest.next() {
            switch character {
            case quote: quote = nil
            case "\"", "'": quote == nil ? quote = character : result.append(character)
            case "\\" where quote != "'": if let next = rest.next() { result.append(next) }
            case " ", "\t": if quote != nil { result.append(character) } else { return result }
            default: result.append(character)
            }
        }
        return result
    }
}
