// SPDX-License-Identifier: MIT
import Footfall
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// A plugin that does not return, as other processes see it.
    @Suite struct BlockedPluginTests {
        let folder = TemporaryDirectory()
        var state: String { "state=\(folder("state"))" }

        private func command(_ name: String) throws -> ProcessEnding {
            try ChildProcess.run([name, "--state-dir", folder("state")], program: ChildProcess.command)
        }

        private func isNamed() throws -> Bool {
            try command("doctor").output.contains("ClosureEnrichment (app:, process ")
        }

        /// The files that say so. `LinuxLifecycle` has others in the directory, and each client that runs has one.
        private var files: [String] {
            get throws {
                try folder.names(in: "state/run").filter { name in
                    try !name.hasSuffix(".run") && folder.text(of: "state/run/\(name)").contains(#""plugin""#)
                }
            }
        }

        @Test func isNamedByStatusAndDoctorUntilItsProcessDies() throws {
            let server = try Server(folder)
            let host = try ChildProcess(["blockplugin", state, server.segment, "lifecycle"])
            #expect(host.line() == "held")
            #expect(try poll(isNamed))
            let doctor = try command("doctor")
            #expect(
                doctor.status == 69 && doctor.output.contains("WRONG plugin ClosureEnrichment: "), "\(doctor.output)")
            let status = try command("status").output
            #expect(
                status.contains("blocked    ClosureEnrichment (app:, process \(host.id)) has not returned since "),
                "\(status)")
            #expect(try files.count == 1)
            #expect(try files[0].hasSuffix("-\(host.id)"))

            kill(host.id, SIGKILL)
            _ = host.wait(atMost: .seconds(30))
            #expect(try !isNamed())
            #expect(try files.count == 1)
            // The next start removes the file, reports the death, and delivers the event.
            let next = try ChildProcess.run(["deliver", state, server.segment, "lifecycle"])
            #expect(next.isClean && next.value("queued") == "0", "\(next.output)")
            #expect(try files.isEmpty)
            #expect(try server.tally(["block": 1]).isWhole)
            #expect(try server.lines.contains { $0.contains(#""Application Crashed""#) })
        }

        @Test func aForkedChildThatLivesOnDoesNotKeepItNamed() throws {
            let server = try Server(folder)
            let host = try ChildProcess(["blockplugin", state, server.segment, "fork"])
            #expect(host.line() == "held")
            #expect(try poll(isNamed))
            host.write("\n")
            var line = host.line()
            // The error handler says something too.
            while line?.hasPrefix("error") == true { line = host.line() }
            let child = try #require(line?.split(separator: " ").last.flatMap { pid_t($0) })
            #expect(try isNamed())
            kill(host.id, SIGKILL)
            #expect(try poll { try !isNamed() })
            #expect(kill(child, 0) == 0, "the child lives")
            host.endInput()
            _ = host.wait(atMost: .seconds(30))
        }
    }
}
