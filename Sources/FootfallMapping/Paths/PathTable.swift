// SPDX-License-Identifier: MIT
import FootfallJSON

/// All paths of a mapping in one tree, so that the values of all of them are found in a
/// single pass over the event.
struct PathTable: Sendable {
    private struct Node: Sendable {
        var piece: Path.Piece
        /// The slot for the value at this node; `nil` when no path ends here.
        var slot: Int?
        var children: [Node] = []
    }

    private var root = Node(piece: Path.Piece(""))
    private(set) var count = 0

    /// Adds a path and returns the slot of its value.
    mutating func slot(for path: Path) -> Int {
        Self.insert(path.pieces[...], into: &root, &count)
    }

    private static func insert(_ pieces: ArraySlice<Path.Piece>, into node: inout Node, _ count: inout Int) -> Int {
        guard let first = pieces.first else {
            if let slot = node.slot { return slot }
            node.slot = count
            count += 1
            return count - 1
        }
        let place: Int
        if let found = node.children.firstIndex(where: { $0.piece.key.isIdentical(to: first.key) }) {
            place = found
        } else {
            place = node.children.count
            node.children.append(Node(piece: first))
        }
        return insert(pieces.dropFirst(), into: &node.children[place], &count)
    }

    /// The values of all paths, indexed by slot.
    func values(in data: JSON) -> [JSON?] {
        guard count > 0 else { return [] }
        var values = [JSON?](repeating: nil, count: count)
        Self.fill(&values, root, data)
        return values
    }

    private static func fill(_ values: inout [JSON?], _ node: borrowing Node, _ value: JSON) {
        if let slot = node.slot { values[slot] = value }
        guard !node.children.isEmpty else { return }
        // Every path below a falsy value has that value.
        let isTruthy = value.isTruthy
        for index in node.children.indices {
            guard isTruthy else {
                fill(&values, node.children[index], value)
                continue
            }
            if case .object(let object) = value {
                guard let place = object.place(of: node.children[index].piece.key) else { continue }
                fill(&values, node.children[index], object.members[place].value)
            } else if let next = Path.member(node.children[index].piece, of: value) {
                fill(&values, node.children[index], next)
            }
        }
    }
}

/// The value that an expression is evaluated in, and the values that a ``PathTable`` found
/// in it.
struct Scope {
    var data: JSON
    var values: [JSON?] = []
}
