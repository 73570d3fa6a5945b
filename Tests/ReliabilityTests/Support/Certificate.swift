// SPDX-License-Identifier: MIT
import TestSupport
import Testing

/// A certificate that the test made; it is its own authority.
struct Certificate {
    let pem: (certificatePEM: String, keyPEM: String)
    /// Its file.
    let file: String
    /// `ca=FILE` for a host that trusts it.
    let authority: String

    /// - Parameters:
    ///   - names: Whom it is for, as openssl writes it.
    ///   - daysAgo: When it was made; it is good for two days.
    init(
        _ folder: TemporaryDirectory, names: String = "IP:127.0.0.1,DNS:localhost", file: String = "server",
        daysAgo: Int = 0
    ) throws {
        let request = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=footfall test", "-addext", "subjectAltName=\(names)", "-keyout", folder("\(file).key"),
            "-out", folder("\(file).pem"),
        ]
        let made =
            daysAgo > 0
            ? try ChildProcess.run(["-f", "-\(daysAgo)d", "openssl"] + request, program: "faketime")
            : try ChildProcess.run(request, program: "openssl")
        try #require(made.isClean, "\(made.output)")
        pem = (try folder.text(of: "\(file).pem"), try folder.text(of: "\(file).key"))
        self.file = folder("\(file).pem")
        authority = "ca=\(folder("\(file).pem"))"
    }
}
