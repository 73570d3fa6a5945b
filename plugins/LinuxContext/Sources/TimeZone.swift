// SPDX-License-Identifier: MIT

/// Finds the name of the time zone in the tz database, as `Europe/Zurich`.
///
/// Segment's `context.timezone` is such a name. A zone that has none, such as the POSIX rule
/// `CET-1CEST,M3.5.0,M10.5.0/3`, is left out.
struct TimeZone {
    let system: SystemFiles

    /// Where distributions keep the database.
    private static let databases = ["/usr/share/zoneinfo", "/etc/zoneinfo"]

    /// The name of the zone that the process has: by `TZ`, which tzset(3) describes, else the
    /// machine's.
    var name: String? {
        guard let set = system.environment("TZ") else { return machineName }
        let value = set.hasPrefix(":") ? set.dropFirst() : set[...]
        if value.isEmpty { return "UTC" }
        guard value.hasPrefix("/") else { return known(value) }
        // Programs set TZ=:/etc/localtime so that the C library does not look at the file again and again.
        return value == Self.localTime ? machineName : nameOfFile(String(value))
    }

    private static let localTime = "/etc/localtime"

    /// By localtime(5). Where the file is a copy, Debian keeps the name in another.
    private var machineName: String? {
        nameOfFile(Self.localTime) ?? system.text("/etc/timezone").flatMap { known($0[...]) }
    }

    /// The name of the zone that a file of the database has, or a link to one.
    private func nameOfFile(_ path: String) -> String? {
        var path = path
        // As many links as Linux follows.
        for _ in 0..<40 {
            if let place = path.range(ofComponent: "zoneinfo") { return known(path[place.upperBound...]) }
            guard let target = system.link(path) else { return nil }
            let directory = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
            path = target.hasPrefix("/") ? target : "\(directory)\(target)"
        }
        return nil
    }

    /// The name, if it is one of the database; where the machine has no database, if it looks like one.
    private func known(_ text: Substring) -> String? {
        // The same zones, with and without leap seconds.
        let prefix = ["posix/", "right/"].first { text.hasPrefix($0) } ?? ""
        let name = text.dropFirst(prefix.count)
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard name.utf8.count <= Self.longest, parts.allSatisfy({ Self.isWord($0) }), !Self.others.contains(name)
        else { return nil }
        guard let database = Self.databases.first(where: { system.exists("\($0)/UTC") }) else {
            return parts.count > 1 || name == "UTC" ? String(name) : nil
        }
        return system.begins("\(database)/\(name)", with: "TZif") ? String(name) : nil
    }

    /// In bytes. The longest name of the database has 32.
    private static let longest = 64

    /// Files of the database that say no place.
    private static let others: [Substring] = ["localtime", "posixrules", "Factory"]

    /// Whether a part of a name has the characters that the database allows in one.
    private static func isWord(_ part: Substring) -> Bool {
        guard let first = part.utf8.first, isLetter(first) else { return false }
        return part.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || [0x2B, 0x2D, 0x5F].contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
}

extension String {
    /// The last place of a component of a path, with the slash before and after it.
    fileprivate func range(ofComponent name: String) -> Range<Index>? {
        let component = "/\(name)/"
        var start = endIndex
        while let slash = self[..<start].lastIndex(of: "/") {
            let rest = self[slash...]
            if rest.hasPrefix(component) { return slash..<index(slash, offsetBy: component.count) }
            start = slash
        }
        return nil
    }
}
