// SPDX-License-Identifier: MIT

/// A compiled pattern over the symbols of a user agent.
///
/// The notation is made for user agents, in which dots and slashes are common and letter case
/// does not matter:
///
/// | Notation | Matches |
/// | --- | --- |
/// | `abc/1.0` | these characters, in any letter case |
/// | ` ` | one white space |
/// | `#` `@` `%` | one digit, one word character, any one but a line's end |
/// | `[a-c#]` `[^;]` | one of a set, one not of a set |
/// | `~x` | the character x itself, so `~(` is a parenthesis |
/// | `(a\|b)` | one of the alternatives, the first that fits |
/// | `?` `*` `+` `{2,4}` | repeats the piece before; as many as fit, or as few with a `?` behind |
/// | `<m:...>` | what is inside, as the value of a field (`n v b m t`) |
/// | `(=...)` `(!...)` | nothing, where the inside follows or does not follow |
/// | `'` `$` | nothing, at the edge of a word or the end of the text |
/// | `&` | the text of the first field again |
final class AgentPattern: Sendable {
    /// The instructions that the matcher runs.
    let program: [AgentInstruction]
    /// The number of branches, each of which is tried once per position.
    let branches: Int
    /// The fields in the order in which they are opened, at most two.
    let fields: [AgentField]
    /// The symbols that a match can begin with.
    let first: AgentSymbolSet
    /// Pairs of symbols without which there is no match, as alternatives that each end with
    /// ``separator``. Empty when nothing is known.
    let needs: [UInt16]

    static let separator: UInt16 = .max

    /// Compiles a pattern; nil when the notation is wrong.
    init?(_ notation: String) {
        var parser = AgentPatternParser(notation)
        guard let node = parser.parse(), parser.fields.count <= 2 else { return nil }
        var assembler = AgentAssembler()
        assembler.add(node)
        assembler.finish()
        program = assembler.program
        branches = assembler.branches
        fields = parser.fields
        let start = node.start
        first = start.mayBeEmpty ? .all : start.symbols
        needs = node.needs.flatMap { $0 + [AgentPattern.separator] }
    }
}

/// What a pattern or a rule finds in a user agent.
enum AgentField: Sendable {
    case name, version, vendor, model, type

    init?(letter: UInt8) {
        switch letter {
        case UInt8(ascii: "n"): self = .name
        case UInt8(ascii: "v"): self = .version
        case UInt8(ascii: "b"): self = .vendor
        case UInt8(ascii: "m"): self = .model
        case UInt8(ascii: "t"): self = .type
        default: return nil
        }
    }
}
