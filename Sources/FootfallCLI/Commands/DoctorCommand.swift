// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at everything that events depend on, and say what is wrong.",
        discussion: "Exit status 0 when nothing is wrong, else 69.")

    @OptionGroup var global: GlobalOptions

    func run() throws {
        try exiting {
            let findings = Doctor.examine(try Settings(global.values).configuration)
            for finding in findings {
                if global.json {
                    Console.write(
                        JSONObject([
                            ("verdict", .string(finding.verdict.rawValue)), ("thing", .string(finding.thing)),
                            ("text", .string(finding.text)),
                        ]))
                } else if !global.quiet || finding.verdict == .wrong {
                    let mark = finding.verdict == .fine ? "ok   " : finding.verdict == .notable ? "note " : "WRONG"
                    Console.show("\(mark) \(finding.thing): \(finding.text)")
                }
            }
            if findings.contains(where: { $0.verdict == .wrong }) { throw CommandExit(.unavailable) }
        }
    }
}
