// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc
import TestSupport
import Testing

@testable import Footfall

@Suite struct StateLocationTests {
    let directory = TemporaryDirectory()

    private func location(_ variables: [String: String], user: uid_t = 4_000_000_123) -> StateLocation.Environment {
        StateLocation.Environment(value: { variables[$0] }, user: user)
    }

    @Test func takesNoPlaceWhereAUserHasNone() {
        #expect(location([:]).home == nil)
        #expect(location([:]).directory(named: "x") == nil)
        #expect(location([:]).configurationDirectories == ["/etc/footfall"])
        #expect(location(["HOME": "."]).directory(named: "x") == nil, "another place in each directory")
        #expect(
            location(["XDG_STATE_HOME": "state", "HOME": "/h"]).directory(named: "x") == "/h/.local/state/footfall/x")
    }

    @Test(arguments: ["state", ".", "./state", "~/state", "$HOME/state", "../state", " /state"])
    func ignoresARelativePathInAnyVariable(_ path: String) {
        for name in ["XDG_STATE_HOME", "STATE_DIRECTORY"] {
            #expect(location([name: path, "HOME": "/h"]).directory(named: "x") == "/h/.local/state/footfall/x")
        }
        #expect(
            location(["XDG_CONFIG_HOME": path, "HOME": "/h"]).configurationDirectories
                == ["/h/.config/footfall", "/etc/footfall"])
        #expect(location(["HOME": path]).home == nil, "this user has no entry")
        #expect(location(["HOME": path, "XDG_STATE_HOME": path]).directory(named: "x") == nil)
        #expect(location(["HOME": path]).configurationDirectories == ["/etc/footfall"])
        #expect(location(["TMPDIR": path]).path("TMPDIR") == nil)
    }

    @Test func takesADirectoryThatIsWrittenWithASlashAtItsEnd() {
        #expect(location(["HOME": "/h/"]).directory(named: "x") == "/h/.local/state/footfall/x")
        #expect(location(["HOME": "/"]).directory(named: "x") == "/.local/state/footfall/x")
        #expect(location(["HOME": "/"]).configurationDirectories == ["/.config/footfall", "/etc/footfall"])
        #expect(location(["XDG_STATE_HOME": "/s/"]).directory(named: "x") == "/s/footfall/x")
        #expect(location(["STATE_DIRECTORY": "/v/"]).directory(named: "x") == "/v/x")
    }

    @Test func takesTheFirstOfThePlacesThatAreNamed() {
        #expect(location(["HOME": "/h"]).directory(named: "a/b") == "/h/.local/state/footfall/a_b")
        #expect(location(["HOME": "/h", "XDG_STATE_HOME": "/s"]).directory(named: "x") == "/s/footfall/x")
        #expect(location(["STATE_DIRECTORY": "/v:/w", "XDG_STATE_HOME": "/s"]).directory(named: "x") == "/v/x")
        #expect(location(["HOME": "/h"]).configurationDirectories == ["/h/.config/footfall", "/etc/footfall"])
        #expect(location([:], user: 0).home == "/root", "looked up where HOME is not set")
    }

    @Test(.enabled(if: geteuid() == 0)) func believesNothingInADirectoryWhereAnotherUserPlantedAFile() throws {
        let state = StateDirectory(path: directory.path)
        try state.create()
        let first = Analytics(configuration: .test(directory))
        first.identify(userId: "own")
        #expect(first.close())
        chmod(state.path, 0o777)
        chown(state.identity, 4_321, 4_321)
        let told = ErrorLog()
        let second = Analytics(
            configuration: .test(directory).errors(to: told))
        #expect(second.userId == nil, "an identity that another user could choose")
        second.track(name: "A")
        #expect(second.store(timeout: .seconds(5)) == nil)
        _ = second.close(timeout: .seconds(1))
        #expect(told.codes.contains(.storeInMemory), "\(told.errors)")
        #expect(told.errors.contains { $0.message.contains("identity.json: it belongs to another user") })
    }

    @Test func saysOnceThatTheDirectoryWasOpenToOthers() throws {
        try StateDirectory(path: directory.path).create()
        chmod(directory.path, 0o777)
        let told = ErrorLog()
        for _ in 0..<2 {
            let analytics = Analytics(
                configuration: .test(directory).errors(to: told))
            analytics.track(name: "A")
            #expect(analytics.close())
        }
        #expect(told.codes == [.storeExposed], "\(told.errors)")
        var status = stat()
        #expect(stat(directory.path, &status) == 0 && status.st_mode & 0o777 == 0o700)
    }
}
