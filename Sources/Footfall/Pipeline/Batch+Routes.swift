// SPDX-License-Identifier: MIT

extension Batch {
    /// Routes its events by other rows, after another process changed those of the store.
    mutating func reroute(_ moves: [(from: Int64, to: Int64?)]) {
        guard !moves.isEmpty else { return }
        for index in items.indices {
            items[index].routes.replace(moves)
            items[index].variants = Self.moved(items[index].variants, moves)
            items[index].observed?.routes.replace(moves)
            if let variants = items[index].observed?.variants {
                items[index].observed?.variants = Self.moved(variants, moves)
            }
            for place in items[index].insertions.indices {
                items[index].insertions[place].routes.replace(moves)
                items[index].insertions[place].variants = Self.moved(items[index].insertions[place].variants, moves)
            }
        }
    }

    private static func moved(
        _ variants: [(destination: Int64, event: Event)], _ moves: [(from: Int64, to: Int64?)]
    ) -> [(destination: Int64, event: Event)] {
        variants.compactMap { destination, event in
            guard let move = moves.first(where: { $0.from == destination }) else { return (destination, event) }
            return move.to.map { ($0, event) }
        }
    }
}
