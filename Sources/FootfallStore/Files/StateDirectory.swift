// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// The directory of one store, and the names of the files in it.
package struct StateDirectory: Sendable, Hashable {
    package let path: String
    /// Why there is no directory; `nil` when there is a path.
    package let absence: String?

    package init(path: String) {
        self.path = path
        absence = nil
    }

    private init(absence: String) {
        // A path at which no file can be made, not even by root.
        path = "/dev/null/footfall"
        self.absence = absence
    }

    /// No directory: each use of it throws an error that says why.
    package static func nowhere(_ why: String) -> StateDirectory { StateDirectory(absence: why) }

    package var database: String { "\(path)/store.db" }
    package var spools: String { "\(path)/spool" }
    /// Events that left the chain: see ``HeldFile``. Made when the first one does.
    package var held: String { "\(path)/held" }
    package var identity: String { "\(path)/identity.json" }
    /// Small files about the processes that run now.
    package var run: String { "\(path)/run" }
    /// Touched to make the process that delivers look at the store.
    package var wake: String { "\(path)/wake" }

    /// Disk space for bad times: see ``DiskReserve``.
    package var reserve: String { "\(path)/reserve" }

    /// The name that a damaged database gets.
    package func aside(_ stamp: Int64) -> String { "\(database).corrupt-\(stamp)" }

    /// A repaired database that is complete and will replace the damaged one: see
    /// ``StoreRecovery``.
    package var salvaged: String { "\(database).salvaged" }
    /// A repaired database that is being written.
    package var salvaging: String { "\(database).salvaging" }

    /// Damaged databases that were moved aside, with their `-wal` files.
    package var setAside: [String] { files { $0.hasPrefix("store.db.corrupt-") } }

    /// All files with events of a damaged database: those that were moved aside, and those
    /// of a repair that was not finished.
    package var damaged: [String] { files { $0.hasPrefix("store.db.corrupt-") || $0.hasPrefix("store.db.salvag") } }

    private func files(_ isWanted: (String) -> Bool) -> [String] {
        Listing.names(in: path).filter(isWanted).map { "\(path)/\($0)" }
    }

    /// Shared by all processes that have the database open; exclusive while one repairs it.
    package var storeLock: String { "\(path)/store.lock" }
    /// Exists while the user has opted out: see ``ConsentFile``.
    package var optedOut: String { "\(path)/opted-out" }
    /// Exists after the user opted in again, or was forgotten.
    package var optedIn: String { "\(path)/opted-in" }

    /// Temporary files of processes that died before they renamed them.
    package var unfinished: [String] {
        Listing.names(in: path).filter { $0.hasSuffix(".tmp") }.map { "\(path)/\($0)" }
    }
    /// Touched when a visit begins or ends.
    package var visit: String { "\(path)/visit" }

    /// The lock of the process that delivers to a destination.
    package func uploaderLock(_ name: String) -> String {
        let safe = name.unicodeScalars.map { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "-")
                ? String(scalar) : "_\(String(scalar.value, radix: 16))"
        }
        let file = "uploader-\(safe.joined())"
        // The sum is the name's, which differs where two safe names do not.
        guard file.utf8.count > Self.longestName else { return "\(path)/\(file).lock" }
        let suffix = "+\(NameHash.digits(name))"
        return "\(path)/\(file.prefix(Self.longestName - suffix.utf8.count))\(suffix).lock"
    }

    /// Linux allows 255 bytes in a file's name; `.lock` needs some of them.
    private static let longestName = 255 - ".lock".utf8.count

    /// Makes the directories that are missing, with mode 0700 whatever the umask is.
    package func create() throws(StoreError) {
        try mustBeSomewhere()
        try Self.create(path)
        try Self.create(spools)
        try check()
    }

    /// Whether there is a directory of held events, or a link in its place. A plain file there keeps events from being
    /// held, but not from being stored.
    private var hasHeld: Bool {
        var status = stat()
        return lstat(held, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    }

    /// Makes the directory of held events if it is missing.
    package func createHeld() throws(StoreError) {
        try check()
        try Self.create(held)
        try check()
    }

    /// What a process wants to do in the directory.
    package enum Purpose {
        /// To write: the directory must belong to this user.
        case use
        /// To read: root may also read another user's directory.
        case look
    }

    /// Throws unless the directories and the files in them belong to this user and are no
    /// links: a link may lead anywhere, and other users can change files of their own.
    ///
    /// - Returns: a sentence about directories that other users could write to until now;
    ///   `nil` when there were none.
    @discardableResult
    package func check(for purpose: Purpose = .use) throws(StoreError) -> String? {
        try mustBeSomewhere()
        var opened: [String] = []
        let folders = [path] + (purpose == .look && Self.isMissing(spools) ? [] : [spools])
        for path in folders + (hasHeld ? [held] : []) {
            let owner = try DirectoryOwner(of: path)
            if purpose == .use || geteuid() != 0 { try owner.mustBeSelf(path) }
            if purpose == .use, try owner.closeToOthers(path) { opened.append(path) }
        }
        let owner = try DirectoryOwner(of: path)
        for file in believed { try owner.mustOwn(file) }
        guard !opened.isEmpty else { return nil }
        return "other users could write to \(opened.joined(separator: " and to ")); only its owner can now"
    }

    /// Whether there is surely nothing at a path. What cannot be looked at, for want of a
    /// permission or because of a plain file on the way, is not missing.
    package static func isMissing(_ path: String) -> Bool { lookError(path) == ENOENT }

    /// The errno of looking at a path; 0 when something is there.
    package static func lookError(_ path: String) -> Int32 {
        var entry = stat()
        return lstat(path, &entry) == 0 ? 0 : errno
    }

    /// Whether the directory exists and belongs to this user. Changes nothing.
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

    /// The files whose content is trusted, and those of SQLite.
    private var believed: [String] {
        [database, "\(database)-wal", "\(database)-shm", "\(database)-journal", salvaged, salvaging]
            + [storeLock, identity, optedOut, optedIn, visit, wake, reserve]
    }

    /// Whether the directory is on another machine's file system, where SQLite's -wal does
    /// not work.
    package var isOnNetwork: Bool { ftf_is_network_file_system(path) == 1 }

    private static func create(_ path: String, hasParent: Bool = false) throws(StoreError) {
        if mkdir(path, 0o700) == 0 {
            // An unusual umask takes rights even from the owner.
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
