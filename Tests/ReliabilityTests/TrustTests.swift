// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// Whom the client talks to, and through whom.
    @Suite struct TrustTests {
        let folder = TemporaryDirectory()
        var state: String { "state=\(folder("state"))" }

        private func queued() throws -> Int64 {
            try inspect(folder("state")) { try $0.destinations.all().first?.queued ?? -1 }
        }

        private func expectRefused(_ server: Server, _ more: [String], _ note: String) throws -> String {
            let ending = try ChildProcess.run(["deliver", state, server.segment, "count=10", "wait=600"] + more)
            #expect(ending.isClean, "\(note): \(ending)")
            let problem = ending.value("error deliveryFailed") ?? ""
            #expect(!problem.isEmpty, "\(note): it says so: \(ending.output)")
            #expect(try server.collector.statistics.requests == 0 && server.text.isEmpty, "\(note)")
            #expect(try queued() >= 10, "\(note)")
            return problem
        }

        @Test(.enabled(if: Need.faketime, "there is no faketime")) func refusesACertificateThatExpired() throws {
            let certificate = try Certificate(folder, daysAgo: 5)
            let server = try Server(folder, certificate: certificate.pem)
            let problem = try expectRefused(server, [certificate.authority], "expired")
            #expect(problem.lowercased().contains("certificate"), "\(problem)")
        }

        @Test func refusesUntrustedServersAndThenDeliversToATrustedOne() throws {
            let other = try Certificate(folder, names: "DNS:other.example", file: "other")
            let wrongHost = try Server(folder, name: "wrong.ndjson", certificate: other.pem)
            _ = try expectRefused(wrongHost, [other.authority], "wrong host")

            let certificate = try Certificate(folder)
            let server = try Server(folder, certificate: certificate.pem)
            _ = try expectRefused(server, [], "unknown authority")
            _ = try expectRefused(server, [other.authority], "another authority")
            _ = try expectRefused(server, ["ca=/nonexistent/ca.pem"], "no bundle")

            let ending = try ChildProcess.run(["deliver", state, server.segment, certificate.authority])
            #expect(ending.isClean && ending.value("queued") == "0", "\(ending.output)")
            #expect(try server.messageIds.filter { $0.hasPrefix("deliver-") }.count == 40)
        }

        @Test func neverFallsBackToPlainHTTP() throws {
            let plain = try RawServer(nonsense: "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            let url = "segment=https://127.0.0.1:\(plain.port)/v1/b"
            let ending = try ChildProcess.run(["deliver", state, url, "count=10", "wait=800"])
            #expect(ending.isClean && ending.value("error") != nil, "\(ending)")
            let record = plain.record
            #expect(record.connections >= 1)
            // Each connection begins with a TLS handshake, and no request ever comes.
            #expect(record.firstBytes.allSatisfy { $0 == 0x16 }, "\(record.firstBytes)")
            #expect(record.heads.isEmpty && !String(decoding: record.everything, as: UTF8.self).contains("POST"))
            #expect(try queued() == 11)
        }

        // MARK: - Proxies

        /// A host that does not exist: only a proxy can see a request for it.
        private static let nowhere = "http://collector.invalid/v1/b"

        /// Delivers to an address; plain http is allowed.
        private func deliver(
            _ url: String, _ more: [String], environment: [String: String] = [:], wait: Int = 5_000
        ) throws -> ProcessEnding {
            var variables = ["http_proxy": "", "https_proxy": "", "ALL_PROXY": "", "no_proxy": ""]
            for (name, value) in environment { variables[name] = value }
            return try ChildProcess.run(
                ["deliver", state, "segment=\(url)", "insecure", "count=10", "wait=\(wait)"] + more,
                environment: variables)
        }

        @Test(arguments: ["configuration", "http_proxy", "ALL_PROXY"])
        func sendsEverythingThroughTheProxy(_ by: String) throws {
            let proxy = try RawServer()
            let address = "http://\(proxy.address)"
            let ending = try deliver(
                Self.nowhere, by == "configuration" ? ["proxy=\(address)"] : [],
                environment: by == "configuration" ? [:] : [by: address])
            #expect(ending.isClean && ending.value("queued") == "0", "\(ending.output)")
            let heads = proxy.record.heads
            #expect(heads.count == 1 && heads[0].hasPrefix("POST http://collector.invalid/v1/b HTTP/1.1"), "\(heads)")
        }

        @Test func opensATunnelForHTTPS() throws {
            let proxy = try RawServer { _, _ in "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n" }
            let ending = try deliver(
                "https://collector.invalid/v1/b", ["proxy=http://\(proxy.address)"], wait: 400)
            #expect(ending.isClean && ending.value("queued") == "11", "\(ending.output)")
            #expect(proxy.record.heads.allSatisfy { $0.hasPrefix("CONNECT collector.invalid:443 HTTP/1.1") })
            #expect(proxy.record.heads.count == 1)
        }

        @Test(arguments: ["configuration", "no_proxy", "empty"]) func goesAroundTheProxyWhereItIsTold(_ by: String)
            throws
        {
            let proxy = try RawServer()
            let direct = try RawServer()
            // It arrives here as well, and is none of the addresses that no proxy ever sees.
            let url = "http://0.0.0.0:\(direct.port)/v1/b"
            let address = "http://\(proxy.address)"
            let ending =
                switch by {
                case "configuration": try deliver(url, ["proxy=\(address)", "noProxy=0.0.0.0"])
                case "no_proxy": try deliver(url, [], environment: ["http_proxy": address, "no_proxy": "0.0.0.0"])
                default: try deliver(url, ["proxy="], environment: ["http_proxy": address])
                }
            #expect(ending.isClean && ending.value("queued") == "0", "\(ending.output)")
            #expect(proxy.record.connections == 0)
            #expect(direct.record.heads.count == 1)
        }

        @Test(arguments: [
            ("http://127.0.0.1", "http_proxy"), ("http://localhost", "ALL_PROXY"),
            ("http://localhost", "configuration"),
            ("http://127.0.0.2", "configuration"), ("http://[::1]", "http_proxy"), ("https://127.0.0.1", "https_proxy"),
            ("https://127.1", "configuration"),
        ]) func neverSendsWhatIsForThisMachineThroughAProxy(_ origin: String, _ by: String) throws {
            let proxy = try RawServer()
            let direct = try RawServer()
            let address = "http://\(proxy.address)"
            let ending = try deliver(
                "\(origin):\(direct.port)/v1/b", by == "configuration" ? ["proxy=\(address)"] : [],
                environment: by == "configuration" ? [:] : [by: address], wait: 400)
            #expect(ending.isClean, "\(ending.output)")
            #expect(proxy.record.connections == 0, "\(ending.output)")
            let reaches = origin.hasPrefix("http:") && (origin.hasSuffix("127.0.0.1") || origin.hasSuffix("localhost"))
            #expect(direct.record.heads.count == (reaches ? 1 : 0), "\(ending.output)")
            #expect((ending.value("queued") == "0") == reaches, "\(ending.output)")
        }

        @Test func givesTheProxyItsPasswordAndNoOther() throws {
            let proxy = try RawServer { number, head in
                head.contains("Proxy-Authorization:")
                    ? RawServer.success
                    : "HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n"
            }
            let ending = try deliver(Self.nowhere, ["proxy=http://user:secret@\(proxy.address)"])
            #expect(ending.isClean && ending.value("queued") == "0", "\(ending.output)")
            #expect(proxy.record.heads.last?.contains("Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=") == true)
        }

        @Test(arguments: ["configuration", "ALL_PROXY"]) func sendsEverythingThroughASOCKSProxy(_ by: String) throws {
            let proxy = try RawServer(socks: SOCKSHandshake(credentials: "user:secret"))
            let address = "socks5h://user:secret@\(proxy.address)"
            let ending = try deliver(
                Self.nowhere, by == "configuration" ? ["proxy=\(address)"] : [],
                environment: by == "configuration" ? [:] : [by: address])
            #expect(ending.isClean && ending.value("queued") == "0", "\(ending.output)")
            #expect(proxy.record.destinations == ["collector.invalid:80"])
            #expect(proxy.record.heads.count == 1 && proxy.record.heads[0].hasPrefix("POST /v1/b HTTP/1.1"))
        }

        @Test(arguments: [nil, "user:wrong@"] as [String?])
        func keepsEventsWhenASOCKSProxyRefuses(_ user: String?) throws {
            let proxy = try RawServer(socks: SOCKSHandshake(credentials: "user:secret"))
            let ending = try deliver(
                Self.nowhere, ["proxy=socks5h://\(user ?? "")\(proxy.address)"], wait: 500)
            #expect(ending.isClean && ending.value("queued") == "11", "\(ending.output)")
            #expect(proxy.record.heads.isEmpty && proxy.record.connections > 0)
            #expect(try lawHolds(folder("state")))
        }

        @Test(arguments: ["http", "https"]) func keepsEventsWhenTheProxyRefusesAndSaysSo(_ scheme: String) throws {
            let proxy = try RawServer { _, _ in
                "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n"
            }
            let ending = try deliver(
                "\(scheme)://collector.invalid/v1/b", ["proxy=http://user:wrong@\(proxy.address)"], wait: 500)
            #expect(ending.isClean && ending.value("queued") == "11", "\(ending.output)")
            #expect(!proxy.record.heads.isEmpty)
            let command = ChildProcess.command
            let status = try ChildProcess.run(["status", "--json", "--state-dir", folder("state")], program: command)
            #expect(status.output.contains("407"), "people see why: \(status.output)")
            #expect(!status.output.contains("wrong"), "but not the password")
            #expect(try lawHolds(folder("state")))
        }
    }
}
