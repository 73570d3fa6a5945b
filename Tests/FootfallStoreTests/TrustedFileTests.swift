// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc
import TestSupport
import Testing

@Suite struct TrustedFileTests {
    let directory = TemporaryDirectory()
    private var path: String { "\(directory.path)/f" }

    private func make(_ mode: mode_t, owner: uid_t? = nil) {
        let descriptor = creat(path, 0o600)
        _ = write(descriptor, "{}", 2)
        fchmod(descriptor, mode)
        if let owner { fchown(descriptor, owner, owner) }
        close(descriptor)
    }

    private func problem() -> String? {
        #expect(throws: StoreError.self) { try TrustedFile.configuration(path) }?.detail
    }

    @Test(arguments: [0o600, 0o640, 0o644, 0o444]) func takesAConfigurationThatOnlyItsOwnerCanWrite(
        _ mode: mode_t
    ) throws {
        make(mode)
        let file = try TrustedFile.configuration(path)
        #expect(file.bytes == Array("{}".utf8) && file.warning == nil)
    }

    @Test func warnsOfAConfigurationThatItsGroupCanWrite() throws {
        make(0o664)
        #expect(try TrustedFile.configuration(path).warning == "\(path) can be written by its group: chmod g-w \(path)")
    }

    @Test(arguments: [0o602, 0o666, 0o777]) func refusesAConfigurationThatEveryUserCanWrite(_ mode: mode_t) {
        make(mode)
        #expect(problem()?.contains("every user can write to it") == true)
    }

    @Test(.enabled(if: geteuid() == 0)) func refusesAConfigurationOfAnotherUser() {
        make(0o600, owner: 4_321)
        #expect(problem()?.hasPrefix("it belongs to another user (4321)") == true)
    }

    @Test func warnsOfASecretThatOthersCanRead() throws {
        for (mode, word) in [(mode_t(0o600), nil), (0o640, nil), (0o604, "read"), (0o666, "written")] {
            make(mode)
            let warning = try TrustedFile.secret(path).warning
            #expect(word.map { warning?.contains("can be \($0) by every user") == true } ?? (warning == nil), "\(mode)")
        }
    }
}
