// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@testable import FootfallCollector

@Suite struct HTTPSTests {
    /// A certificate for the loopback addresses and its key, made by openssl.
    private func makeCertificate(_ folder: TemporaryDirectory) throws -> (certificatePEM: String, keyPEM: String) {
        let made = try ChildProcess.run(
            program: "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
                "2",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout",
                folder("key.pem"), "-out", folder("certificate.pem"),
            ])
        try #require(made.isClean, "\(made.output)")
        return (try folder.text(of: "certificate.pem"), try folder.text(of: "key.pem"))
    }

    private func curl(_ arguments: [String]) throws -> ProcessEnding {
        try ChildProcess.run(program: "curl", ["-q", "-s"] + arguments)
    }

    @Test func takesEventsFromAClientThatTrustsTheCertificateOnly() throws {
        let folder = TemporaryDirectory()
        let certificate = try makeCertificate(folder)
        let bench = try Workbench { $0.certificate = certificate }
        let url = "\(bench.collector.url)/v1/t"
        #expect(url.hasPrefix("https://127.0.0.1:"))

        let trusting = try curl(["--cacert", folder("certificate.pem"), "--data-binary", #"{"a":1}"#, url])
        let doubting = try curl(["--data-binary", #"{"a":2}"#, url])

        #expect(trusting.isClean && trusting.output == success)
        #expect(doubting.status == 60)  // CURLE_PEER_FAILED_VERIFICATION
        let plain = try HTTPClient(port: bench.collector.port)
        #expect(throws: HTTPClient.Failure.self) { try plain.post("/v1/t", "{}") }
        #expect(
            poll {
                bench.recorder.refusals.map(\.description).last == "a request: not answered: the TLS handshake failed"
            })
        #expect(try bench.output == "{\"type\":\"track\",\"a\":1}\n")
    }

    @Test func takesABodyForWhichCurlAsksFirst() throws {
        let folder = TemporaryDirectory()
        let certificate = try makeCertificate(folder)
        let bench = try Workbench { $0.certificate = certificate }
        let event = #"{"type":"track","a":"\#(String(repeating: "x", count: 3 << 20))"}"#
        let events = try EventFile(path: folder("body"))
        _ = Array(event.utf8).withUnsafeBufferPointer { events.append($0) }

        let asking = try curl([
            "--cacert", folder("certificate.pem"), "--data-binary", "@\(folder("body"))", "\(bench.collector.url)/v1/t",
        ])

        #expect(asking.isClean && asking.output == success)
        #expect(try bench.output == event + "\n")
    }

    @Test func refusesAKeyThatBelongsToAnotherCertificate() throws {
        let folder = TemporaryDirectory()
        let other = try makeCertificate(folder)
        var configuration = CollectorConfiguration()
        configuration.certificate = (try makeCertificate(folder).certificatePEM, other.keyPEM)

        let error = #expect(throws: CollectorError.self) { try Collector(configuration) }

        guard case .certificateRefused = error else {
            Issue.record("it says \(String(describing: error))")
            return
        }
    }
}
