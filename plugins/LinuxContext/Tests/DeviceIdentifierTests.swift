// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import Glibc
import Testing

@testable import LinuxContext

@Suite struct DeviceIdentifierTests {
    private let id = "0123456789abcdef0123456789abcdef"

    private func isUUID(_ text: String) -> Bool {
        text.utf8.count == 36 && text.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12]
    }

    @Test func isStableForMachineAndApplicationAndRevealsNeither() throws {
        let machine = Machine(["/etc/machine-id": "\(id)\n"])
        let device = try #require(machine.device()["id"]?.stringValue)
        #expect(isUUID(device))
        #expect(machine.device()["id"]?.stringValue == device)
        #expect(machine.device("com.example.Other")["id"]?.stringValue != device)
        #expect(Machine(["/etc/machine-id": "1" + id.dropFirst()]).device()["id"]?.stringValue != device)
        #expect(!device.contains("01234567"))
    }

    /// RFC 4231 and FIPS 180-4; the last was made with `openssl dgst -sha256 -hmac`.
    @Test(
        arguments: [
            ("", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
            (
                "what do ya want for nothing?", "Jefe",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                "This is a test using a larger than block-size key and a larger than block-size data. "
                    + "The key needs to be hashed before being used by the HMAC algorithm.",
                String(repeating: "\u{2A}", count: 131), nil
            ),
        ] as [(String, String, String?)])
    func computesTheKnownCodes(_ message: String, _ key: String, _ expected: String?) {
        let code = HMACSHA256.code(for: Array(message.utf8), key: Array(key.utf8))
        #expect(code.count == 32)
        guard let expected else {
            // A key that is longer than a block counts as its digest.
            let short = HMACSHA256.code(for: Array(message.utf8), key: SHA256.digest(Array(key.utf8)))
            #expect(code == short)
            return
        }
        #expect(code.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() == expected)
    }

    @Test(arguments: [0, 1, 55, 56, 63, 64, 65, 119, 120, 1_000])
    func digestsEveryLength(_ count: Int) {
        let message = [UInt8](repeating: 0x61, count: count)
        let digest = SHA256.digest(message)
        #expect(digest.count == 32)
        #expect(digest != SHA256.digest(message + [0x61]))
    }

    @Test func digestsTheKnownMessages() {
        func text(_ message: String) -> String {
            SHA256.digest(Array(message.utf8)).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }
        #expect(text("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(text("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
                == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    }

    @Test(arguments: [
        "", "uninitialized\n", String(repeating: "0", count: 32), "0123456789abcdef", "not hexadecimal, but 32 letters",
    ])
    func anImageWithoutAMachineIdKeepsARandomOne(_ text: String) throws {
        let machine = Machine(["/etc/machine-id": text])
        let device = try #require(machine.device()["id"]?.stringValue)
        #expect(isUUID(device))
        #expect(machine.device()["id"]?.stringValue == device, "it survives a restart")
        #expect(Machine(["/etc/machine-id": text]).device()["id"]?.stringValue != device, "it is no constant")
    }

    @Test func takesTheOtherPlaceOfTheMachineId() throws {
        let one = Machine(["/etc/machine-id": id])
        let other = Machine(["/etc/machine-id": "uninitialized", "/var/lib/dbus/machine-id": id])
        #expect(one.device()["id"] == other.device()["id"])
    }

    @Test(arguments: ["", "garbage", String(repeating: "x", count: 36), String(repeating: "a", count: 4_000)])
    func replacesADamagedFile(_ text: String) throws {
        let machine = Machine()
        _ = machine.device()
        var buffer = ByteBuffer()
        buffer.append(utf8: text)
        let path = "\(machine.directory.path)/device-id"
        try SmallFile.replace(path, with: buffer)
        let device = try #require(machine.device()["id"]?.stringValue)
        #expect(isUUID(device))
        #expect(machine.device()["id"]?.stringValue == device)
    }
}
