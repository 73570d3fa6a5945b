// SPDX-License-Identifier: MIT

/// Finds patterns in one user agent.
///
/// A branch that failed at a position would fail there again. So each branch is taken at most
/// once at a position, and the work is bounded by the size of the pattern times the length
/// of the text.
struct AgentMatcher {
    /// Begin and end of the two captures; ``unset`` for a capture without a match.
    typealias Marks = SIMD4<UInt16>

    static let unset: UInt16 = .max

    private struct Resumption {
        let address: Int
        let position: Int
        let marks: Marks
    }

    let text: AgentText
    private var resumptions: [Resumption] = []
    private var tried: [UInt64] = []

    init(_ text: AgentText) {
        self.text = text
        resumptions.reserveCapacity(128)
    }

    /// The captures of the leftmost match; nil without a match.
    mutating func match(_ pattern: AgentPattern) -> Marks? {
        guard isPossible(pattern) else { return nil }
        var isFresh = false
        for start in 0...text.symbols.count {
            if start < text.symbols.count {
                guard pattern.first.contains(text.symbols[start]) else { continue }
            } else {
                guard pattern.first == .all else { continue }
            }
            if !isFresh {
                forget(pattern)
                isFresh = true
            }
            if let marks = run(pattern, from: 0, at: start, isAhead: false) { return marks }
        }
        return nil
    }

    /// The text of a capture; nil when it has no part in the match.
    func capture(_ number: Int, of marks: Marks) -> String? {
        let start = marks[2 * number]
        let end = marks[2 * number + 1]
        guard start != AgentMatcher.unset, end != AgentMatcher.unset, start <= end else { return nil }
        return text.string(Int(start)..<Int(end))
    }

    /// Whether the text has the pairs that the pattern needs.
    private func isPossible(_ pattern: AgentPattern) -> Bool {
        guard !pattern.needs.isEmpty else { return true }
        var holds = true
        for pair in pattern.needs {
            if pair == AgentPattern.separator {
                if holds { return true }
                holds = true
            } else if holds {
                holds = text.has(pair)
            }
        }
        return false
    }

    private mutating func forget(_ pattern: AgentPattern) {
        let words = pattern.branches * 4
        for index in 0..<min(words, tried.count) { tried[index] = 0 }
        while tried.count < words { tried.append(0) }
    }

    /// Whether a branch was already taken at a position; remembers it.
    @inline(__always)
    private mutating func wasTried(_ branch: Int, at position: Int) -> Bool {
        let bit = (1 as UInt64) << UInt64(position & 63)
        let index = branch * 4 + (position >> 6)
        let was = tried[index] & bit != 0
        tried[index] |= bit
        return was
    }

    /// Runs the instructions from an address and a position to the next `matched`.
    ///
    /// Inside a look-ahead, branches are not remembered: one that was taken may have succeeded.
    private mutating func run(
        _ pattern: AgentPattern, from address: Int, at start: Int, isAhead: Bool
    ) -> Marks? {
        let floor = resumptions.count
        defer { resumptions.removeLast(resumptions.count - floor) }
        let count = text.symbols.count
        var address = address
        var position = start
        var marks = Marks(repeating: AgentMatcher.unset)
        while true {
            var holds = true
            switch pattern.program[address] {
            case .matched: return marks
            case .symbol(let symbol):
                holds = position < count && text.symbols[position] == symbol
                position += 1
                address += 1
            case .set(let set):
                holds = position < count && set.contains(text.symbols[position])
                position += 1
                address += 1
            case .branch(let number, let first, let second):
                holds = isAhead || !wasTried(number, at: position)
                if holds { resumptions.append(Resumption(address: second, position: position, marks: marks)) }
                address = first
            case .jump(let target): address = target
            case .mark(let number):
                marks[number] = UInt16(position)
                address += 1
            case .ahead(let negated, let then):
                holds = (run(pattern, from: address + 1, at: position, isAhead: true) != nil) != negated
                address = then
            case .wordEdge:
                holds = isWord(position - 1) != isWord(position)
                address += 1
            case .textEnd:
                holds = position == count
                address += 1
            case .sameAsFirst:
                let end = endOfRepetition(marks, at: position)
                holds = end != nil
                position = end ?? position
                address += 1
            }
            if !holds {
                guard resumptions.count > floor, let resumption = resumptions.popLast() else { return nil }
                address = resumption.address
                position = resumption.position
                marks = resumption.marks
            }
        }
    }

    private func isWord(_ position: Int) -> Bool {
        text.symbols.indices.contains(position) && AgentSymbolSet.word.contains(text.symbols[position])
    }

    private func endOfRepetition(_ marks: Marks, at position: Int) -> Int? {
        guard marks[0] != AgentMatcher.unset, marks[1] != AgentMatcher.unset else { return position }
        let captured = text.symbols[Int(marks[0])..<Int(marks[1])]
        return text.symbols[position...].starts(with: captured) ? position + captured.count : nil
    }
}
