// SPDX-License-Identifier: MIT
import FootfallJSON

/// Says that a process is in a plugin, and at which record: if the process dies there, the next one reads it.
///
/// A mark fills a slot of ``StrikeFile``:
///
///     "FFmk"                                   4 bytes
///     CRC-32 of what follows                   4
///     kind                                     1
///     length of the plugin's name              1
///     zero                                     6
///     sequence number, token                   8 each, least significant byte first
///     age, wall time, time since boot, boot    8 each
///     the plugin's name in UTF-8, then zeros   192
package struct PluginMark: Sendable, Equatable {
    /// What the plugin was called for.
    package enum Kind: UInt8, Sendable {
        /// A record of the spool beside the mark.
        case record = 1
        /// An event without a record, such as a plugin's own.
        case event = 2
        case configure = 3
        case start = 4
        /// A stored event that is shown, a timer, a descriptor, or a change of the application.
        case call = 5
    }

    package var kind: Kind
    /// The record; 0 when there is none.
    package var sequence: Int64
    /// The name of the plugin, shortened by ``name(_:)``.
    package var plugin: String
    /// A random number of the marking process, which dies once.
    package var token: UInt64
    /// Nanoseconds since that process began.
    package var age: Int64
    /// Milliseconds since 1970, by the clock as it was.
    package var wall: Int64
    /// Nanoseconds since boot.
    package var boot: Int64
    /// ``NameHash/sum(_:)`` of the boot's id.
    package var bootID: UInt64

    package init(
        kind: Kind, sequence: Int64, plugin: String, token: UInt64, age: Int64, wall: Int64, boot: Int64,
        bootID: UInt64
    ) {
        self.kind = kind
        self.sequence = sequence
        self.plugin = plugin
        self.token = token
        self.age = age
        self.wall = wall
        self.boot = boot
        self.bootID = bootID
    }

    /// A plugin's name as marks and files have it: at most 180 bytes.
    package static func name(_ name: String) -> String { NameHash.bounded(name, limit: 180) }

    /// Bytes of a slot.
    package static let size = 256
    private static let magic: UInt32 = 0x6B6D_4646
    private static let nameOffset = 64
    private static let nameSize = size - nameOffset

    /// Fills a slot, whose bytes are written over.
    package func encode(into slot: UnsafeMutableRawBufferPointer) {
        guard slot.count >= Self.size else { return }
        for index in 8..<Self.size { slot[index] = 0 }
        slot[8] = kind.rawValue
        var name = plugin
        name.withUTF8 { utf8 in
            let count = min(utf8.count, Self.nameSize)
            slot[9] = UInt8(truncatingIfNeeded: count)
            for index in 0..<count { slot[Self.nameOffset + index] = utf8[index] }
        }
        func store(_ value: Int64, _ offset: Int) {
            slot.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Int64.self)
        }
        store(sequence, 16)
        store(Int64(bitPattern: token), 24)
        store(age, 32)
        store(wall, 40)
        store(boot, 48)
        store(Int64(bitPattern: bootID), 56)
        let sum = SpoolRecord.checksum(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(slot)[8..<Self.size]))
        slot.storeBytes(of: sum.littleEndian, toByteOffset: 4, as: UInt32.self)
        slot.storeBytes(of: Self.magic.littleEndian, toByteOffset: 0, as: UInt32.self)
    }

    /// Reads a slot; `nil` when it is empty or damaged.
    package init?(slot: UnsafeRawBufferPointer) {
        guard slot.count >= Self.size,
            UInt32(littleEndian: slot.loadUnaligned(fromByteOffset: 0, as: UInt32.self)) == Self.magic,
            UInt32(littleEndian: slot.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
                == SpoolRecord.checksum(UnsafeRawBufferPointer(rebasing: slot[8..<Self.size])),
            let kind = Kind(rawValue: slot[8]), Int(slot[9]) <= Self.nameSize
        else { return nil }
        func load(_ offset: Int) -> Int64 {
            Int64(littleEndian: slot.loadUnaligned(fromByteOffset: offset, as: Int64.self))
        }
        let name = UnsafeRawBufferPointer(rebasing: slot[Self.nameOffset..<(Self.nameOffset + Int(slot[9]))])
        self.init(
            kind: kind, sequence: load(16), plugin: String(decoding: name, as: UTF8.self),
            token: UInt64(bitPattern: load(24)), age: load(32), wall: load(40), boot: load(48),
            bootID: UInt64(bitPattern: load(56)))
    }
}
