// SPDX-License-Identifier: MIT

/// The numbers of all rounds, under the name `measure.number`.
struct Results {
    private var values: [String: [Double]] = [:]

    mutating func add(_ name: String, _ value: Double) { values[name, default: []].append(value) }

    subscript(_ name: String) -> [Double] { values[name] ?? [] }
    var names: [String] { values.keys.sorted() }
}

/// Prints the numbers with their budgets and comparisons.
enum Table {
    /// Prints the rows of these measures.
    ///
    /// - Returns: How many rows missed their budget or have no number.
    static func print(_ results: Results, of measures: [String]) -> Int {
        var missed = 0
        var origins: Set<Row.Origin> = []
        line(["measure", "budget", "median (min-max)", "compared with", "ratio", ""])
        for row in Row.all where measures.contains(where: { row.value.hasPrefix("\($0).") }) {
            let values = results[row.value]
            let isJudged = !row.budget.isNaN
            let budget = !isJudged ? "" : "\(row.isLowerBetter ? "<=" : ">=") \(format(row.budget)) \(row.unit)"
            guard !values.isEmpty else {
                missed += 1
                line([row.title, budget, "not measured", "", "", "MISSING"])
                continue
            }
            let median = values.median
            let (measured, text) = comparison(row, results)
            if case .reported(_, let origin) = row.comparison { origins.insert(origin) }
            let isWithin = row.isLowerBetter ? median <= row.budget : median >= row.budget
            let isNear = row.factor.flatMap { factor in measured.map { median <= $0 * factor } } ?? false
            if isJudged, !isWithin, !isNear { missed += 1 }
            line([
                row.title, budget,
                "\(format(median)) (\(format(values.min() ?? .nan))-\(format(values.max() ?? .nan)))", text,
                measured.map { "\(format(median / $0))x" } ?? "",
                !isJudged ? "" : isWithin ? "ok" : isNear ? "ok (<= \(format(row.factor ?? 1))x)" : "MISSED",
            ])
        }
        for origin in Row.Origin.allCases where origins.contains(origin) {
            Swift.print("[\(origin.rawValue)] Measured elsewhere, so there is no ratio: \(origin.note)")
        }
        return missed
    }

    /// The number of the same run that the row is compared with, if any, and the text of the column.
    private static func comparison(_ row: Row, _ results: Results) -> (measured: Double?, text: String) {
        switch row.comparison {
        case .reported(let value, let origin): return (nil, "\(format(value)) \(origin.name) [\(origin.rawValue)]")
        case .measured(let key, let name):
            let value = results[key].median
            return value.isNaN ? (nil, "") : (value, "\(format(value)) \(name)")
        case nil: return (nil, "")
        }
    }

    private static func line(_ cells: [String]) {
        let widths = [31, 19, 32, 27, 8, 0]
        var text = ""
        for (cell, width) in zip(cells, widths) {
            text += cell + String(repeating: " ", count: max(width - cell.count, 1))
        }
        Swift.print(text)
    }

    /// Three significant digits, with a comma between thousands.
    static func format(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        if value.magnitude >= 100 || value == value.rounded() {
            var digits = Array("\(Int64(value.rounded()).magnitude)")
            var place = digits.count - 3
            while place > 0 {
                digits.insert(",", at: place)
                place -= 3
            }
            return (value < 0 ? "-" : "") + String(digits)
        }
        let scale: Double = value.magnitude >= 10 ? 10 : 100
        return "\((value * scale).rounded() / scale)"
    }
}
