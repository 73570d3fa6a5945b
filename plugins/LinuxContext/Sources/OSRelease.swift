// SPDX-License-Identifier: MIT

/// The fields of os-release(5): assignments as in a shell, with or without quotes.
struct OSRelease {
    private let fields: [String: String]

    /// Reads `/etc/os-release`, else `/usr/lib/os-release`, in the order of os-release(5).
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

    /// The name of the system: `NAME`, by os-release(5) `Linux` when it is missing.
    var name: String { value("NAME") ?? "Linux" }

    /// `VERSION_ID`, or `BUILD_ID`, which rolling releases have instead.
    var version: String? { value("VERSION_ID") ?? value("BUILD_ID") }

    private func value(_ key: String) -> String? { fields[key].flatMap { $0.isEmpty ? nil : $0 } }

    /// Removes the quotes. Except within single quotes, a backslash makes the next character
    /// literal.
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
