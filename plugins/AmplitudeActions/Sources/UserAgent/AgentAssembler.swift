// SPDX-License-Identifier: MIT

/// One step of a compiled pattern.
enum AgentInstruction: Sendable {
    case symbol(UInt8)
    case set(AgentSymbolSet)
    /// Continues at `first`, and if that fails at `second`.
    case branch(number: Int, first: Int, second: Int)
    case jump(Int)
    /// Stores the position. Twice a capture's number is its beginning, one more its end.
    case mark(Int)
    /// Continues at `then` if the instructions up to the next ``matched`` match, or with `negated` do
    /// not.
    case ahead(negated: Bool, then: Int)
    case wordEdge
    case textEnd
    case sameAsFirst
    case matched
}

/// Turns a pattern's tree into instructions.
struct AgentAssembler {
    private(set) var program: [AgentInstruction] = []
    private(set) var branches = 0

    mutating func finish() {
        program.append(.matched)
    }

    mutating func add(_ node: AgentPatternNode) {
        switch node {
        case .set(let set): program.append(.set(set))
        case .literal(let symbol): program.append(.symbol(symbol))
        case .wordEdge: program.append(.wordEdge)
        case .textEnd: program.append(.textEnd)
        case .sameAsFirst: program.append(.sameAsFirst)
        case .sequence(let nodes): for node in nodes { add(node) }
        case .choice(let nodes): addChoice(nodes[...])
        case .capture(let number, let inner):
            program.append(.mark(2 * number))
            add(inner)
            program.append(.mark(2 * number + 1))
        case .ahead(let inner, let negated):
            let here = reserve()
            add(inner)
            program.append(.matched)
            program[here] = .ahead(negated: negated, then: program.count)
        case .loop(let inner, let atLeast, let atMost, let greedy):
            for _ in 0..<atLeast { add(inner) }
            if let atMost {
                addOptional(inner, times: max(0, atMost - atLeast), greedy: greedy)
            } else {
                addEndless(inner, greedy: greedy)
            }
        }
    }

    private mutating func addChoice(_ nodes: ArraySlice<AgentPatternNode>) {
        guard let node = nodes.first else { return }
        guard nodes.count > 1 else { return add(node) }
        let here = reserve()
        add(node)
        let end = reserve()
        setBranch(at: here, inside: here + 1, outside: program.count, greedy: true)
        addChoice(nodes.dropFirst())
        program[end] = .jump(program.count)
    }

    private mutating func addOptional(_ node: AgentPatternNode, times: Int, greedy: Bool) {
        let starts = (0..<times).map { _ -> Int in
            let here = reserve()
            add(node)
            return here
        }
        for here in starts { setBranch(at: here, inside: here + 1, outside: program.count, greedy: greedy) }
    }

    private mutating func addEndless(_ node: AgentPatternNode, greedy: Bool) {
        let here = reserve()
        add(node)
        program.append(.jump(here))
        setBranch(at: here, inside: here + 1, outside: program.count, greedy: greedy)
    }

    /// Reserves the place of an instruction that needs a later address.
    private mutating func reserve() -> Int {
        program.append(.matched)
        return program.count - 1
    }

    private mutating func setBranch(at here: Int, inside: Int, outside: Int, greedy: Bool) {
        program[here] = .branch(
            number: branches, first: greedy ? inside : outside, second: greedy ? outside : inside)
        branches += 1
    }
}
