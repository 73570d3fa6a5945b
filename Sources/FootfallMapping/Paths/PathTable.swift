// SPDX-License-Identifier: MIT
import FootfallJSON

/// All paths of a mapping as one tree, so that an event is gone through once
/// and not from its top for each of them.
struct PathTable: Sendable {
    private struct Node: Sendable {
        var piece: Path.Piece
        /// Where the value goes that is here, if a path ends here.
        var slot: Int?
        var children: [Node] = []
    }

    private var root = Node(piece: Path.Piece(""))
    private(set) var count = 0

    /// The slot in which a path's value will be.
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

    /// The values of all paths, by their slots.
    func values(in data: JSON) -> [JSON?] {
        guard count > 0 else { return [] }
        var values = [JSON?](repeating: nil, count: count)
        Self.fill(&values, root, data)
        return values
    }

    private static func fill(_ values: inout [JSON?], _ node: borrowing Node, _ value: JSON) {
        if let slot = node.slot { values[slot] = value }
        guard !node.children.isEmpty else { return }
        // What is below a falsy value is that value.
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

/// What expressions are evaluated in: some JSON, and the values that were
/// looked up in it before.
struct Scope {
    var data: JSON
    var values: [JSON?] = []
}
