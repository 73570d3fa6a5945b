// SPDX-License-Identifier: MIT

/// Finds the word that was probably meant by a misspelt one.
package enum Suggestion {
    /// In scalars. No command, key or variable is half as long; a longer text is not a misspelt one of them.
    private static let longest = 64

    /// The word that is nearest to a misspelt one; `nil` when none is near.
    ///
    /// Near are words that become each other with few changes: at most one for each three
    /// letters of the longer word. A change replaces, adds or removes a letter, or swaps two neighbours
    /// (the distance is that of the *optimal string alignment*). Capitals count as small
    /// letters. Of two that are equally near the first is returned.
    package static func nearest(to word: String, among words: [String]) -> String? {
        let typed = Array(word.lowercased().unicodeScalars.prefix(longest + 1))
        guard typed.count <= longest else { return nil }
        var best: (word: String, distance: Int)?
        for candidate in words {
            let letters = Array(candidate.lowercased().unicodeScalars)
            let most = max(typed.count, letters.count) / 3
            guard abs(typed.count - letters.count) <= most else { continue }
            let distance = distance(typed, letters)
            if distance <= most, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.word
    }

    /// `; did you mean "WORD"?` for the end of a message; empty when no word is near.
    package static func question(for word: String, among words: [String]) -> String {
        nearest(to: word, among: words).map { "; did you mean \"\($0)\"?" } ?? ""
    }

    private static func distance(_ first: [Unicode.Scalar], _ second: [Unicode.Scalar]) -> Int {
        // Three rows of the table of Wagner and Fischer: a swap looks back two of them.
        var earlier: [Int] = []
        var above: [Int] = []
        var row = Array(0...second.count)
        for (i, letter) in first.enumerated() {
            (earlier, above) = (above, row)
            row = [i + 1]
            for (j, other) in second.enumerated() {
                var least = min(above[j + 1] + 1, row[j] + 1, above[j] + (letter == other ? 0 : 1))
                if i > 0, j > 0, letter == second[j - 1], first[i - 1] == other {
                    least = min(least, earlier[j - 1] + 1)
                }
                row.append(least)
            }
        }
        return row[second.count]
    }
}
