// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check the store, the clock, the network library and the destinations for problems.",
        discussion: "Prints one line per check. Exit status: 0 if nothing is wrong, otherwise 69.")

    @OptionGroup var global: GlobalOptions

    func run() throws {
        try exiting {
            let settings = try Settings(global.values)
            let configured = ConfiguredDestinations(settings)
            let findings = Doctor.examine(settings.configuration) { configured.explanation(of: $0) }
            for finding in findings {
                if global.json {
                    Console.write([
                        "verdict": .string(finding.verdict.rawValue), "thing": .string(finding.thing),
                        "text": .string(finding.text),
                    ])
                } else if !global.quiet || finding.verdict == .wrong {
                    Console.show("\(Self.mark(finding.verdict)) \(finding.thing): \(finding.text)")
                }
            }
            if findings.contains(where: { $0.verdict == .wrong }) { throw CommandExit(.unavailable) }
        }
    }

    private static func mark(_ verdict: Doctor.Verdict) -> String {
        switch verdict {
        case .fine: "ok   "
        case .notable: "note "
        case .wrong: "WRONG"
        }
    }
}
