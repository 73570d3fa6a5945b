// SPDX-License-Identifier: MIT
import Footfall
import FootfallJSON
import FootfallStore
import LinuxContext

/// Which configuration file a run uses, so that an operator sees whether a machine has the right one.
struct ConfigurationIdentity {
    private let path: String?
    private let loadedAt: Timestamp

    init(_ path: String?, at time: Timestamp) {
        self.path = path
        loadedAt = time
    }

    /// `path`, `sha256` and `loadedAt`; null without a file.
    var json: JSON {
        guard let path else { return .null }
        // The file was read a moment ago. One that is gone now has no sum.
        let sum = (try? SmallFile.read(path)).map { Self.hexadecimal(SHA256.digest($0)) }
        return [
            "path": .string(path), "sha256": sum.map { .string($0) } ?? .null,
            "loadedAt": .string(loadedAt.description),
        ]
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
