// SPDX-License-Identifier: MIT

/// A pattern as a tree.
indirect enum AgentPatternNode {
    case set(AgentSymbolSet)
    case literal(UInt8)
    case sequence([AgentPatternNode])
    case choice([AgentPatternNode])
    case loop(AgentPatternNode, atLeast: Int, atMost: Int?, greedy: Bool)
    case capture(Int, AgentPatternNode)
    case ahead(AgentPatternNode, negated: Bool)
    case wordEdge
    case textEnd
    case sameAsFirst

    /// The symbols a match can begin with, and whether it can be empty.
    var start: (symbols: AgentSymbolSet, mayBeEmpty: Bool) {
        switch self {
        case .set(let set): return (set, false)
        case .literal(let symbol): return (AgentSymbolSet([symbol]), false)
        case .capture(_, let inner): return inner.start
        case .loop(let inner, let atLeast, _, _):
            let start = inner.start
            return (start.symbols, start.mayBeEmpty || atLeast == 0)
        case .sequence(let nodes):
            var symbols = AgentSymbolSet()
            for node in nodes {
                let start = node.start
                symbols.formUnion(start.symbols)
                if !start.mayBeEmpty { return (symbols, false) }
            }
            return (symbols, true)
        case .choice(let nodes):
            var symbols = AgentSymbolSet()
            var mayBeEmpty = false
            for start in nodes.map(\.start) {
                symbols.formUnion(start.symbols)
                mayBeEmpty = mayBeEmpty || start.mayBeEmpty
            }
            return (symbols, mayBeEmpty)
        case .ahead, .wordEdge, .textEnd, .sameAsFirst: return (AgentSymbolSet(), true)
        }
    }

    /// Alternatives of pairs: a match has all pairs of at least one alternative. Empty when
    /// nothing is known.
    var needs: [[UInt16]] {
        switch self {
        case .capture(_, let inner): return inner.needs
        case .loop(let inner, let atLeast, _, _): return atLeast > 0 ? inner.needs : []
        case .sequence(let nodes): return AgentPatternNode.needs(ofSequence: nodes)
        case .choice(let nodes):
            let all = nodes.map(\.needs)
            return all.contains { $0.isEmpty } ? [] : all.flatMap { $0 }
        case .set, .literal, .ahead, .wordEdge, .textEnd, .sameAsFirst: return []
        }
    }

    /// The pairs that every match has, combined with the piece whose alternatives need the most
    /// pairs.
    private static func needs(ofSequence nodes: [AgentPatternNode]) -> [[UInt16]] {
        var certain: [UInt16] = []
        var open: [[UInt16]] = []
        var previous: UInt8?
        for node in flattened(nodes) {
            if case .literal(let symbol) = node {
                if let previous, previous < 128, symbol < 128 { certain.append(AgentText.pair(previous, symbol)) }
                previous = symbol
                continue
            }
            previous = nil
            let needs = node.needs
            if needs.count == 1 { certain += needs[0] }
            if needs.count > 1, fewest(needs) > fewest(open) { open = needs }
        }
        if open.isEmpty { return certain.isEmpty ? [] : [certain] }
        return open.map { certain + $0 }
    }

    private static func fewest(_ needs: [[UInt16]]) -> Int {
        needs.map(\.count).min() ?? 0
    }

    /// The nodes, with captures of a plain sequence replaced by the sequence. So literals on both
    /// sides of a capture's edge are neighbours.
    private static func flattened(_ nodes: [AgentPatternNode]) -> [AgentPatternNode] {
        nodes.flatMap { node -> [AgentPatternNode] in
            switch node {
            case .capture(_, let inner): flattened([inner])
            case .sequence(let inner): flattened(inner)
            default: [node]
            }
        }
    }
}
