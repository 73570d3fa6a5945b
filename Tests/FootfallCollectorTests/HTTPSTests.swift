// SPDX-License-Identifier: MIT
import Testing

@testable import FootfallCollector

@Suite struct HTTPSTests {
    /// A certificate for the loopback addresses and its key, made by openssl.
    private func makeCertificate(_ folder: Folder) throws -> (certificatePEM: String, keyPEM: String) {
        let status = run([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout",
            folder.path("key.pem"), "-out", folder.path("certificate.pem"),
        ])
        try #require(status == 0)
        return (folder.text(of: "certificate.pem"), folder.text(of: "key.pem"))
    }

    @Test func takesEventsFromAClientThatTrustsTheCertificateOnly() throws {
        let folder = try Folder()
        let certificate = try makeCertificate(folder)
        let bench = try Workbench { $0.certificate = certificate }
        let url = "\(bench.collector.url)/v1/t"
        #expect(url.hasPrefix("https://127.0.0.1:"))

        let trusting = run(
            ["curl", "-q", "-s", "--cacert", folder.path("certificate.pem"), "--data-binary", #"{"a":1}"#, url],
            output: folder.path("answer"))
        let doubting = run(["curl", "-q", "-s", "--data-binary", #"{"a":2}"#, url])

        #expect(trusting == 0)
        #expect(folder.text(of: "answer") == success)
        #expect(doubting == 60)  // CURLE_PEER_FAILED_VERIFICATION
        #expect(bench.output == "{\"a\":1}\n")
    }

    @Test func takesABodyForWhichCurlAsksFirst() throws {
        let folder = try Folder()
        let certificate = try makeCertificate(folder)
        let bench = try Workbench { $0.certificate = certificate }
        let event = #"{"a":"\#(String(repeating: "x", count: 3 << 20))"}"#
        let events = try EventFile(path: folder.path("body"))
        _ = Array(event.utf8).withUnsafeBufferPointer { events.append($0) }

        let status = run(
            [
                "curl", "-q", "-s", "--cacert", folder.path("certificate.pem"), "--data-binary",
                "@\(folder.path("body"))",
                "\(bench.collector.url)/v1/t",
            ], output: folder.path("answer"))

        #expect(status == 0)
        #expect(folder.text(of: "answer") == success)
        #expect(bench.output == event + "\n")
    }

    @Test func refusesAKeyThatBelongsToAnotherCertificate() throws {
        let folder = try Folder()
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
