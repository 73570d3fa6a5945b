// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallStore

/// `context.device.id`: one id for each machine and application. It is the same for all users
/// and visits, and over restarts.
///
/// The id is HMAC-SHA256 over the machine-id, keyed by the application id. machine-id(5) asks
/// for that, because the machine-id itself is confidential. A machine without a machine-id
/// (a container, an image that was not booted yet) gets a random id, which is kept beside
/// the store.
struct DeviceIdentifier {
    let system: SystemFiles
    let applicationID: String
    /// The file of a random id.
    let file: String

    /// The id in the form of a UUID.
    func value() -> String? {
        guard let machineID else { return stored() }
        return Self.uuid(HMACSHA256.code(for: Array(machineID.utf8), key: Array(applicationID.utf8)))
    }

    /// The 32 hexadecimal digits of the machine-id; `nil` for the placeholder of an image.
    private var machineID: String? {
        for path in ["/etc/machine-id", "/var/lib/dbus/machine-id"] {
            guard let text = system.text(path)?.lowercased(), text.utf8.count == 32,
                text.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }),
                text.contains(where: { $0 != "0" })
            else { continue }
            return text
        }
        return nil
    }

    private func stored() -> String? {
        // A missing or changed file counts as none.
        if let bytes = try? SmallFile.read(own: file, limit: 64), bytes.count == 36 {
            let text = String(decoding: bytes, as: UTF8.self)
            if text.utf8.allSatisfy({ $0 == 45 || (48...57).contains($0) || (97...102).contains($0) }) { return text }
        }
        let fresh = UUIDv4.random().description
        var buffer = ByteBuffer()
        buffer.append(utf8: fresh)
        do throws(StoreError) {
            try SmallFile.replace(file, with: buffer)
        } catch {
            // Without the file each start would have another id, so there is none.
            return nil
        }
        return fresh
    }

    /// The first 16 bytes as a UUID of version 8, which RFC 9562 keeps for such uses.
    static func uuid(_ bytes: [UInt8]) -> String {
        var bytes = Array(bytes.prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = Array("0123456789abcdef")
        var text = ""
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append("-") }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return text
    }
}
