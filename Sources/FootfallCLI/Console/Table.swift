// SPDX-License-Identifier: MIT
import FootfallJSON

/// A table with aligned columns.
struct Table {
    private var rows: [[String]]

    init(_ header: [String]) { rows = [header] }

    /// Adds a row. Its cells are filtered for terminals first, so that their width is known.
    mutating func add(_ row: [String]) { rows.append(row.map(ShownText.line)) }

    /// The lines, of at most `width` characters if the first column can be cut for that. A name keeps at
    /// least 12 characters.
    func fitted(to width: Int) -> [String] {
        let surplus = (lines.map(\.count).max() ?? 0) - width
        guard surplus > 0 else { return lines }
        let longest = rows.map { $0.first?.count ?? 0 }.max() ?? 0
        let room = max(longest - surplus, 12)
        var cut = self
        for index in rows.indices {
            guard let name = rows[index].first, name.count > room else { continue }
            cut.rows[index][0] = "\(name.prefix(room - 1))…"
        }
        return cut.lines
    }

    /// One line per row. A column of numbers is aligned to the right, others to the left.
    var lines: [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let space = String(repeating: " ", count: widths[column] - cell.count)
                let isNumber = rows.dropFirst().allSatisfy { column >= $0.count || Int($0[column]) != nil }
                if column > 0 { line += "  " }
                line += isNumber ? space + cell : column == row.count - 1 ? cell : cell + space
            }
            return line
        }
    }
}
