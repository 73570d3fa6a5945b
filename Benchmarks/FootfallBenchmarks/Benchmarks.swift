// SPDX-License-Identifier: MIT
import CLimits
import Footfall
import Glibc

/// Measures Footfall against its budgets and against the limits of this machine.
///
///     FootfallBenchmarks [--rounds N] [--only NAME,NAME] [--directory DIR] [--all]
///
/// Each measure runs in a process of its own. Each round runs all measures once, so
/// that a busy minute of the machine slows all of them down. Exits with status 1 when a
/// budget is missed. `--all` also prints the numbers that have no budget.
@main
enum Benchmarks {
    static func main() {
        var arguments = CommandLine.arguments.dropFirst()
        var rounds = 5
        var only: [String] = []
        var isVerbose = false
        var directory = "/var/tmp"
        while let argument = arguments.popFirst() {
            switch argument {
            case "--measure": return runMeasure(arguments.popFirst() ?? "", arguments.popFirst() ?? "")
            case "--host": return Measure.runHost(arguments.popFirst() ?? "")
            case "--rounds": rounds = arguments.popFirst().flatMap { Int($0) } ?? rounds
            case "--only": only = (arguments.popFirst() ?? "").split(separator: ",").map(String.init)
            case "--directory": directory = arguments.popFirst() ?? directory
            case "--all": isVerbose = true
            default:
                print("usage: FootfallBenchmarks [--rounds N] [--only NAME,NAME] [--directory DIR] [--all]")
                print("measures: \(Measure.all.map(\.name).joined(separator: " "))")
                exit(64)
            }
        }
        let measures = Measure.all.filter { only.isEmpty || only.contains($0.name) }
        let results = run(measures, rounds, directory)
        if isVerbose {
            for name in results.names {
                print("\(name): \(results[name].map(Table.format).joined(separator: "  "))")
            }
            print("")
        }
        exit(Table.print(results, of: measures.map(\.name)) == 0 ? 0 : 1)
    }

    private static func run(_ measures: [Measure], _ rounds: Int, _ directory: String) -> Results {
        var results = Results()
        print("load before: \(load)")
        let scratch = "\(directory)/footfall-benchmarks-\(getpid())"
        for _ in 0..<rounds {
            for measure in measures {
                Scratch.make(scratch)
                let output = Child.run([Measure.executablePath, "--measure", measure.name, scratch]) ?? ""
                Scratch.remove(scratch)
                for line in output.split(separator: "\n") {
                    let parts = line.split(separator: " ")
                    guard parts.count == 2, let value = Double(parts[1]) else { continue }
                    results.add("\(measure.name).\(parts[0])", value)
                }
            }
        }
        print("load after:  \(load)")
        print("")
        return results
    }

    private static func runMeasure(_ name: String, _ directory: String) {
        guard let measure = Measure.all.first(where: { $0.name == name }) else { exit(64) }
        for (name, value) in measure.run(directory) { print("\(name) \(value)") }
    }

    private static var load: String {
        var loads = [Double](repeating: 0, count: 3)
        guard getloadavg(&loads, 3) == 3 else { return "unknown" }
        return loads.map { "\(($0 * 100).rounded() / 100)" }.joined(separator: " ")
    }
}
