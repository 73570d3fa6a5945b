// SPDX-License-Identifier: MIT

extension StringProtocol {
    /// Where a text occurs, byte by byte.
    ///
    /// The search of Swift's library is in the module of its regular expressions, whose parser is
    /// 1.4 MB in each program that is linked to it.
    package func occurrences(of text: String) -> [Range<Index>] {
        let wanted = Array(text.utf8)
        guard !wanted.isEmpty else { return [] }
        var found: [Range<Index>] = []
        var start = utf8.startIndex
        while let end = utf8.index(start, offsetBy: wanted.count, limitedBy: utf8.endIndex) {
            if utf8[start..<end].elementsEqual(wanted) {
                found.append(start..<end)
                start = end
            } else {
                start = utf8.index(after: start)
            }
        }
        return found
    }
}

extension String {
    /// Whether a text occurs, byte by byte. An empty one does.
    package func has(_ part: String) -> Bool {
        var text = self
        var part = part
        return text.withUTF8 { text in
            part.withUTF8 { part in
                guard let first = part.first else { return true }
                guard part.count <= text.count else { return false }
                for begin in 0...(text.count - part.count) where text[begin] == first {
                    var length = 1
                    while length < part.count, text[begin + length] == part[length] { length += 1 }
                    if length == part.count { return true }
                }
                return false
            }
        }
    }
}
