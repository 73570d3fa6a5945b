// SPDX-License-Identifier: MIT
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// A program that runs as its owner is started with the environment of another.
    @Suite(.enabled(if: Need.setUserID, "no set-user-id program can be started")) struct SetUserIDTests {
        let folder = TemporaryDirectory()

        private func deliver(_ server: RawServer, _ environment: [String: String]) throws -> ProcessEnding {
            let host = try OtherUser(folder, ChildProcess.host)
            mkdir(folder("home"), 0o700)
            chown(folder("home"), OtherUser.owner, OtherUser.owner)
            // The request arrives here, or at the proxy where the host obeys the environment.
            return try host.run(
                [
                    "deliver", "state=\(folder("home/state"))", "segment=http://0.0.0.0:\(server.port)/v1/b",
                    "insecure",
                    "count=10", "wait=3000",
                ], environment: environment)
        }

        @Test func obeysNoProxyAndNoLibraryOfTheEnvironment() throws {
            let (server, proxy) = (try RawServer(), try RawServer())
            let address = "http://\(proxy.address)"
            let ending = try deliver(
                server,
                [
                    "FOOTFALL_LIBCURL": "/nonexistent/libcurl.so", "http_proxy": address, "ALL_PROXY": address,
                    "no_proxy": "",
                ])
            #expect(ending.isClean && ending.value("queued") == "0", "\(ending)")
            #expect(server.record.heads.count == 1 && proxy.record.connections == 0)
        }

        @Test func writesNoKeysOfConnectionsForTheCaller() throws {
            let server = try RawServer()
            let keys = folder("home/keys")
            let ending = try deliver(server, ["SSLKEYLOGFILE": keys])
            #expect(ending.isClean && ending.value("blocked") == "true", "\(ending)")
            #expect(ending.value("error transportUnavailable")?.contains("SSLKEYLOGFILE") == true, "\(ending)")
            #expect(server.record.connections == 0 && access(keys, F_OK) != 0)
        }

        @Test func obeysDoNotTrackOfTheEnvironment() throws {
            let server = try RawServer()
            let ending = try deliver(server, ["DO_NOT_TRACK": "1"])
            #expect(ending.isClean && ending.value("queued") == "0", "\(ending)")
            #expect(server.record.connections == 0)
        }

        @Test func usesTheDirectoriesOfItsOwner() throws {
            let command = try OtherUser(
                folder, ChildProcess.command)
            var names = ["FOOTFALL_STATE_DIR", "STATE_DIRECTORY", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "HOME"]
            names += ["FOOTFALL_CONFIG", "FOOTFALL_WRITE_KEY", "FOOTFALL_ENDPOINT", "FOOTFALL_PROFILE"]
            let planted = folder("planted")
            let ending = try command.run(
                ["doctor"], environment: Dictionary(uniqueKeysWithValues: names.map { ($0, planted) }))
            let home = try #require(getpwuid(OtherUser.owner).map { String(cString: $0.pointee.pw_dir) })
            #expect(ending.output.contains("\(home)/.local/state/footfall/default"), "\(ending)")
            #expect(!ending.output.contains(planted), "\(ending)")
        }
    }
}
