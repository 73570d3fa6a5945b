// SPDX-License-Identifier: MIT
import Testing

/// A certificate that the test made; it is its own authority.
struct Certificate {
    let pem: (certificatePEM: String, keyPEM: String)
    /// Its file.
    let file: String
    /// `ca=FILE` for a host that trusts it.
    let authority: String

    /// - Parameter names: Whom it is for, as openssl writes it.
    init(_ folder: TemporaryDirectory, names: String = "IP:127.0.0.1,DNS:localhost", file: String = "server") throws {
        let made = try HostProcess.run(
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=footfall test", "-addext", "subjectAltName=\(names)", "-keyout", folder("\(file).key"),
                "-out", folder("\(file).pem"),
            ], program: "openssl")
        try #require(made.isClean, "\(made.output)")
        pem = (folder.text(of: "\(file).pem"), folder.text(of: "\(file).key"))
        self.file = folder("\(file).pem")
        authority = "ca=\(folder("\(file).pem"))"
    }
}
