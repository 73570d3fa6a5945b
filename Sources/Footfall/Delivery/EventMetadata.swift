// SPDX-License-Identifier: MIT
import FootfallJSON
import Glibc

/// `_metadata` of events for Segment: the destinations that the device delivers to by itself.
/// Segment does not deliver to those again. Pure.
///
/// It comes from the store's destinations, so that every process says the same.
struct EventMetadata {
    /// What takes the place of an event's last brace.
    private let ending: [UInt8]

    /// - Parameters:
    ///   - own: The key of the destination that is delivered to.
    ///   - keys: The keys of all destinations of the store.
    /// - Returns: `nil` when the device delivers to no other destination: then there is nothing to say.
    init?(for own: String, among keys: [String]) {
        let keys = Set(keys.map { UTF8Key($0) }).subtracting([UTF8Key(own), UTF8Key("")])
        guard !keys.isEmpty else { return nil }
        let bundled = keys.map(\.text).sorted().map { JSON.string($0) }
        let metadata: JSONObject = ["bundled": .array(bundled), "unbundled": [], "bundledIds": []]
        ending = Array(#","_metadata":\#(metadata.text)}"#.utf8)
    }

    /// What takes the place of an event's last brace; `nil` when the event stays as it is.
    ///
    /// That is an event that brought a `_metadata` of its own, and one that would become larger
    /// than ``Limits/eventBytes``, which Segment would refuse.
    func ending(of event: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard event.count > 2, event.last == UInt8(ascii: "}"),
            !EventSize.isTooLarge(bytes: event.count - 1 + ending.count), !hasMetadata(event)
        else { return nil }
        return ending
    }

    private func hasMetadata(_ event: UnsafeBufferPointer<UInt8>) -> Bool {
        // The name may also be that of a property. A damaged event is for the server to judge.
        isNamed(event) && (try? JSONParser.parse(event))?.objectValue?["_metadata"] != nil
    }

    /// Whether the name is anywhere in an event: mostly it is not, and then nothing is parsed.
    private func isNamed(_ event: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let base = event.baseAddress else { return false }
        return Self.name.withUTF8Buffer { name in
            guard let word = name.baseAddress else { return false }
            var place = 0
            while place + name.count <= event.count {
                guard let found = memchr(base + place, Int32(UInt8(ascii: "_")), event.count - place) else {
                    return false
                }
                place = UnsafeRawPointer(found) - UnsafeRawPointer(base)
                guard place + name.count <= event.count else { return false }
                if memcmp(found, word, name.count) == 0 { return true }
                place += 1
            }
            return false
        }
    }

    private static let name: StaticString = "_metadata\""
}
