// SPDX-License-Identifier: MIT
import FootfallJSON

/// Columns that line up, for people.
struct Table {
    private var rows: [[String]]

    init(_ header: [String]) { rows = [header] }

    /// Each cell is as wide as it is shown.
    mutating func add(_ row: [String]) { rows.append(row.map(ShownText.line)) }

    /// The lines. Numbers stand right, the rest left.
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

/// A number of bytes, for people.
func readable(bytes: Int64) -> String {
    if bytes < 10_000 { return "\(bytes) B" }
    if bytes < 10_000_000 { return "\(bytes / 1_000) kB" }
    return "\(bytes / 1_000_000) MB"
}
