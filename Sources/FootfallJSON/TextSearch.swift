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

    /// Whether a text occurs.
    package func has(_ text: String) -> Bool { !occurrences(of: text).isEmpty }
}
