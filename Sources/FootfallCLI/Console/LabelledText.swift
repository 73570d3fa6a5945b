// SPDX-License-Identifier: MIT
import FootfallJSON

/// A label and a text beside it, as `status` prints them.
struct LabelledText {
    private static let indentation = 11

    let label: String
    let text: String

    init(_ label: String, _ text: String) {
        self.label = label
        self.text = ShownText.line(text)
    }

    /// The text in lines of at most `width` characters; in one line without a width.
    func lines(within width: Int?) -> [String] {
        let indent = String(repeating: " ", count: Self.indentation)
        let head = label + indent.dropFirst(min(label.count, Self.indentation - 1))
        guard let width, head.count + text.count > width else { return [head + text] }
        var lines: [String] = []
        var line = head
        var isEmpty = true
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            if !isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                (line, isEmpty) = (indent, true)
            }
            line += isEmpty ? String(word) : " \(word)"
            isEmpty = false
        }
        return lines + [line]
    }
}

extension Console {
    /// Prints labelled texts. On a terminal their lines break between words; elsewhere each is one line.
    static func show(_ texts: [LabelledText]) {
        let width = isScreen ? columns : nil
        for text in texts { for line in text.lines(within: width) { show(line) } }
    }
}
