// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// The directory of one store, its files named.
package struct StateDirectory: Sendable, Hashable {
    package let path: String
    /// Why there is no directory; `nil` when there is a path.
    package let absence: String?

    package init(path: String) {
        self.path = path
        absence = nil
    }

    private init(absence: String) {
        // Nothing can ever be there, even for root.
        path = "/dev/null/footfall"
        self.absence = absence
    }

    /// No directory: each use of it throws an error that says why.
    package static func nowhere(_ why: String) -> StateDirectory { StateDirectory(absence: why) }

    package var database: String { "\(path)/store.db" }
    package var spools: String { "\(path)/spool" }
    package var identity: String { "\(path)/identity.json" }
    /// Touched when the process that uploads should look at its requests.
    package var wake: String { "\(path)/wake" }

    /// Empty room: see ``DiskReserve``.
    package var reserve: String { "\(path)/reserve" }

    /// Where a damaged database goes.
    package func aside(_ stamp: Int64) -> String { "\(database).corrupt-\(stamp)" }

    /// A repaired database that is whole and waits for its place: see ``StoreRecovery``.
    package var salvaged: String { "\(database).salvaged" }
    /// The same while it is written.
    package var salvaging: String { "\(database).salvaging" }

    /// Databases that were moved aside, each `-wal` too.
    package var setAside: [String] { files { $0.hasPrefix("store.db.corrupt-") } }

    /// Everything that has events of a damaged database: what was moved aside, and
    /// what a repair that was not finished left.
    package var damaged: [String] { files { $0.hasPrefix("store.db.corrupt-") || $0.hasPrefix("store.db.salvag") } }

    private func files(_ isWanted: (String) -> Bool) -> [String] {
        Listing.names(in: path).filter(isWanted).map { "\(path)/\($0)" }
    }

    /// Held together by all processes that have the database open, alone by one that repairs it.
    package var storeLock: String { "\(path)/store.lock" }
    /// There while the user wants nothing to be recorded: see ``ConsentFile``.
    package var optedOut: String { "\(path)/opted-out" }
    /// There after an opt-out was taken back, or a user forgotten.
    package var optedIn: String { "\(path)/opted-in" }

    /// Files that a process wrote and did not rename before it died.
    package var unfinished: [String] {
        Listing.names(in: path).filter { $0.hasSuffix(".tmp") }.map { "\(path)/\($0)" }
    }
    /// Touched when a visit begins or ends.
    package var visit: String { "\(path)/visit" }

    /// The lock of the one process that uploads for a destination.
    package func uploaderLock(_ name: String) -> String {
        let safe = name.unicodeScalars.map { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "-")
                ? String(scalar) : "_\(String(scalar.value, radix: 16))"
        }
        return "\(path)/\(Self.bounded("uploader-\(safe.joined())", of: name)).lock"
    }

    /// Bytes that a file's name may have, without the `.lock`.
    private static let longestName = 255 - ".lock".utf8.count

    /// Cuts a long file name, which then ends in a checksum of the whole name: the same
    /// in every process, and never equal to a short name.
    private static func bounded(_ file: String, of name: String) -> String {
        guard file.utf8.count > longestName else { return file }
        // FNV-1a, 64 bits (Fowler, Noll and Vo): nothing secret depends on it.
        let sum = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let digits = String(sum, radix: 16)
        let suffix = "+\(String(repeating: "0", count: 16 - digits.count))\(digits)"
        return file.prefix(longestName - suffix.utf8.count) + suffix
    }

    /// Makes the directories that are missing: for their owner only, whatever
    /// the umask.
    package func create() throws(StoreError) {
        try mustBeSomewhere()
        try Self.create(path)
        try Self.create(spools)
        try check()
    }

    /// What a directory is looked at for.
    package enum Purpose {
        /// To write to it: it must be this user's own.
        case use
        /// To read it and change nothing; root may look at another user's.
        case look
    }

    /// Whether the directories and the files in them are this user's own, and no
    /// links: a link may lead anywhere, and another user can change a file of their
    /// own.
    ///
    /// - Returns: which directories were open to other users until now; mostly `nil`.
    @discardableResult
    package func check(for purpose: Purpose = .use) throws(StoreError) -> String? {
        try mustBeSomewhere()
        var opened: [String] = []
        for path in purpose == .look && access(spools, F_OK) != 0 ? [path] : [path, spools] {
            let owner = try DirectoryOwner(of: path)
            if purpose == .use || geteuid() != 0 { try owner.mustBeSelf(path) }
            if purpose == .use, try owner.closeToOthers(path) { opened.append(path) }
        }
        let owner = try DirectoryOwner(of: path)
        for file in believed { try owner.mustOwn(file) }
        guard !opened.isEmpty else { return nil }
        return "other users could write to \(opened.joined(separator: " and to ")); only its owner can now"
    }

    /// Whether the directory is there and this user's own; changes nothing.
    package var isOwn: Bool {
        do throws(StoreError) {
            try check(for: .look)
            try DirectoryOwner(of: path).mustBeSelf(path)
            return true
        } catch {
            return false
        }
    }

    private func mustBeSomewhere() throws(StoreError) {
        guard let absence else { return }
        throw StoreError(.system(ENOTDIR), "choosing a directory for the store", absence)
    }

    /// The files that are read and believed, and SQLite's own.
    private var believed: [String] {
        [database, "\(database)-wal", "\(database)-shm", "\(database)-journal", salvaged, salvaging]
            + [storeLock, identity, optedOut, optedIn, visit, wake, reserve]
    }

    /// Whether the directory is on a file system of another machine, where
    /// SQLite's -wal does not work.
    package var isOnNetwork: Bool { footfall_is_network_file_system(path) == 1 }

    private static func create(_ path: String, hasParent: Bool = false) throws(StoreError) {
        if mkdir(path, 0o700) == 0 {
            // An unusual umask takes rights of the owner's, too.
            var status = stat()
            if lstat(path, &status) == 0, status.st_mode & 0o777 != 0o700 { chmod(path, 0o700) }
            return
        }
        switch errno {
        case EEXIST:
            var status = stat()
            guard stat(path, &status) == 0 else { throw .system("opening \(path)") }
            guard status.st_mode & S_IFMT == S_IFDIR else { throw .system("opening \(path)", ENOTDIR) }
        case ENOENT:
            let parent = parent(of: path)
            guard !hasParent, parent != path, !parent.isEmpty else { throw .system("making \(path)", ENOENT) }
            try create(parent)
            try create(path, hasParent: true)
        default: throw .system("making \(path)")
        }
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
