// SPDX-License-Identifier: MIT
import FootfallStore

/// The file with the installation's identity. A start reads it, and the user's consent,
/// before its first call.
struct IdentityFile: Sendable, Equatable {
    var identity: Identity
    /// The last erasure before this identity began.
    var erasure: Int64

    /// Reads the file; `nil` when it is missing or damaged, or comes before an erasure.
    static func read(_ path: String, _ consent: ConsentFile.Reading) -> IdentityFile? {
        // If the file cannot be read, the first commit adopts the store's copy.
        guard let bytes = try? SmallFile.read(own: path) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let identity = Identity(text) else { return nil }
        // The text was read as JSON above. An earlier version writes no number.
        let number = (try? JSONParser.parse(text))?.objectValue?["erasure"]?.intValue
        switch consent {
        case .optedOut: return nil
        case .recording(let erasure): if let number, number < erasure { return nil }
        case .unreadable: break
        }
        return IdentityFile(identity: identity, erasure: max(number ?? 0, 0))
    }

    /// Replaces the file.
    func write(_ path: String) throws(StoreError) {
        var object = identity.json
        object["erasure"] = .int(erasure)
        var buffer = ByteBuffer()
        buffer.append(json: object)
        try SmallFile.replace(path, with: buffer)
    }
}
