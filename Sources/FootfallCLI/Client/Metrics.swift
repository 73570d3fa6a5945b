// SPDX-License-Identifier: MIT
import FootfallJSON

/// Numbers with names, types and units, as monitoring systems read them. Pure.
struct Metrics {
    /// How the text is written. The two differ in the name of a counter's family: Prometheus's text format has it
    /// with `_total`, and `promtool check metrics` wants a help text for that name; OpenMetrics 1.0 has it without.
    enum Format: String, CaseIterable {
        case prometheus, openmetrics
    }

    enum Kind: String {
        case counter, gauge
    }

    struct Sample {
        var labels: [(name: String, value: String)] = []
        /// A number in decimal digits.
        var value: String

        init(_ value: Int64, _ labels: (name: String, value: String)...) {
            self.value = "\(value)"
            self.labels = labels
        }

        init(thousandths value: Int64, _ labels: (name: String, value: String)...) {
            let digits = "\(abs(value % 1_000))"
            let fraction = String(repeating: "0", count: 3 - digits.count) + digits
            self.value = value == 0 ? "0" : "\(value < 0 ? "-" : "")\(abs(value / 1_000)).\(fraction)"
            self.labels = labels
        }
    }

    /// The samples of one name.
    struct Family {
        /// Without `_total`; it ends with the unit, if there is one.
        var name: String
        var kind: Kind
        var unit: String?
        var help: String
        var samples: [Sample]
    }

    private(set) var families: [Family] = []

    /// Adds a family, unless it has no samples.
    mutating func add(_ kind: Kind, _ name: String, unit: String? = nil, _ help: String, _ samples: [Sample]) {
        guard !samples.isEmpty else { return }
        families.append(Family(name: "footfall_\(name)", kind: kind, unit: unit, help: help, samples: samples))
    }

    func text(_ format: Format) -> String {
        var lines: [String] = []
        for family in families {
            let sample = family.kind == .counter ? "\(family.name)_total" : family.name
            let name = format == .prometheus ? sample : family.name
            lines.append("# HELP \(name) \(Self.escaped(family.help))")
            lines.append("# TYPE \(name) \(family.kind.rawValue)")
            // A unit must be the end of the name.
            if let unit = family.unit, name.hasSuffix("_\(unit)") { lines.append("# UNIT \(name) \(unit)") }
            for one in family.samples {
                let labels = one.labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
                lines.append("\(sample)\(labels.isEmpty ? "" : "{\(labels)}") \(one.value)")
            }
        }
        return lines.joined(separator: "\n") + "\n# EOF\n"
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
