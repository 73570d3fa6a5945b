// SPDX-License-Identifier: MIT
import Glibc
import Testing

@testable import FootfallCollector

@Suite struct StartTests {
    @Test func saysThatThePortIsInUse() throws {
        let first = try Collector(CollectorConfiguration())
        var configuration = CollectorConfiguration()
        configuration.port = first.port

        let error = #expect(throws: CollectorError.self) { try Collector(configuration) }

        #expect(error == .portInUse(first.port))
        #expect(error?.description.hasPrefix("port \(first.port) of 127.0.0.1 is in use") == true)
    }

    @Test func takesThePortAgainAfterStopping() throws {
        let first = try Collector(CollectorConfiguration())
        _ = try HTTPClient(port: first.port).get("/v1/projects/k/settings")
        first.stop()
        var configuration = CollectorConfiguration()
        configuration.port = first.port

        let second = try Collector(configuration)

        #expect(second.port == first.port)
        #expect(second.url == "http://127.0.0.1:\(first.port)")
    }

    @Test func saysWhichOutputCannotBeWritten() {
        var configuration = CollectorConfiguration()
        configuration.output = "/nonexistent/events.ndjson"

        let error = #expect(throws: CollectorError.self) { try Collector(configuration) }

        #expect(
            error?.description
                == "/nonexistent/events.ndjson: it cannot be written: No such file or directory")
    }

    @Test(arguments: ["", "not a certificate"])
    func saysThatACertificateIsNotUsable(text: String) {
        var configuration = CollectorConfiguration()
        configuration.certificate = (text, text)

        let error = #expect(throws: CollectorError.self) { try Collector(configuration) }

        guard case .certificateRefused = error else {
            Issue.record("it says \(String(describing: error))")
            return
        }
    }

    @Test func saysWhyALibraryCannotBeLoaded() throws {
        #expect(HTTPLibrary.reasonAgainst(name: "libmicrohttpd.so.12") == nil)
        let missing = try #require(HTTPLibrary.reasonAgainst(name: "libnone.so.1"))
        #expect(missing.contains("No such file"))
        let another = try #require(HTTPLibrary.reasonAgainst(name: "libz.so.1"))
        #expect(another.contains("MHD_start_daemon"))
    }

    @Test func refusesAConfigurationThatMakesNoSense() {
        let changes: [(inout CollectorConfiguration) -> Void] = [
            { $0.maximumBodyBytes = 0 }, { $0.threads = 0 }, { $0.maximumConnections = 0 },
        ]
        for change in changes {
            var configuration = CollectorConfiguration()
            change(&configuration)
            #expect(throws: CollectorError.self) { try Collector(configuration) }
        }
    }

    @Test func keepsItsFileFromOtherUsers() throws {
        let bench = try Workbench()
        var status = stat()
        #expect(stat(bench.folder("events.ndjson"), &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }
}
