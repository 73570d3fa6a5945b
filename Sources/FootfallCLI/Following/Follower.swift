// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallJSON
import FootfallStore
import Glibc

/// Stores the lines of a growing file as events: `footfall send --follow`.
///
/// Invariant: the lines of a transaction and the position behind them are stored together. A line is taken when its end
/// is there, so a line that is being written waits.
struct Follower {
    /// How long a file that was moved away is read after the last write to it: its writer may still have it open.
    private static let patience = Duration.seconds(5)
    /// The same when the new file has content: the writer has changed over.
    private static let shortPatience = Duration.seconds(1)
    /// How often the path is looked at, since no notice comes when it gets another file.
    private static let look = Duration.seconds(1)

    private let path: String
    private let key: String
    private let client: Client
    private let signals: Int32
    private let isQuiet: Bool
    private var storer: LineStorer
    private var position = FollowPosition()
    private var file: FollowedFile?
    /// The length of the file at the last look, and when it changed, in nanoseconds since boot.
    private var seen: (size: Int64, at: Int64) = (-1, 0)
    private var hasSaidMissing = false

    /// - Parameters:
    ///   - path: An absolute path.
    ///   - signals: A descriptor that becomes readable when a signal arrives; -1 without one.
    init(_ path: String, client: Client, signals: Int32) {
        self.path = path
        self.client = client
        self.signals = signals
        isQuiet = client.isQuiet
        key = "follow/\(path)"
        storer = LineStorer(client: client, key: key, signals: signals)
    }

    var totals: Importer.Totals { storer.totals }

    /// The absolute path of a file, which need not be there.
    static func absolute(_ path: String) throws -> String {
        let (directory, name) = RotatedFiles.parts(of: path)
        guard !name.isEmpty, let resolved = realpath(directory, nil) else {
            throw CommandExit(
                .usage, "\(ShownText.value(path)): \(String(cString: strerror(name.isEmpty ? EISDIR : errno)))")
        }
        defer { free(resolved) }
        let text = String(cString: resolved)
        return text == "/" ? "/\(name)" : "\(text)/\(name)"
    }

    /// Follows the file until a signal arrives.
    mutating func run() throws {
        do throws(StoreError) {
            position = try client.analytics.storedValue(key).flatMap { FollowPosition($0) } ?? FollowPosition()
        } catch {
            throw CommandExit(.cannotCreate, "nothing was read: \(error)\(error.cure)")
        }
        do {
            try openFirst()
            while !storer.isStopped {
                try readLines()
                guard !storer.isStopped, try changeOver() || wait() else { return }
            }
        } catch let problem as UnreadableInput {
            throw CommandExit(problem.code, "\(path): \(problem.problem)")
        }
    }

    // MARK: - Files

    /// Opens the file that the position is in, wherever it was moved to, else the file at the path.
    private mutating func openFirst() throws {
        if position.inode != 0 {
            for entry in RotatedFiles(path).all.reversed() where entry.inode == position.inode {
                guard let found = try FollowedFile.open(entry.path), found.inode == position.inode else { continue }
                // A file of the path that was written anew is noticed when it is read.
                guard entry.path == path || position.isIn(inode: found.inode, firstLine: found.firstLine) else {
                    continue
                }
                return follow(found)
            }
            guard let next = try FollowedFile.open(path) else { return }
            say("the file that was read to byte \(position.offset) is gone; reading the new one from its beginning")
            begin(next)
            return
        }
        if let first = try FollowedFile.open(path) { begin(first) }
    }

    private mutating func begin(_ file: FollowedFile) {
        position = FollowPosition(inode: file.inode)
        // So that the file is found again if it is moved away before a line of it is stored.
        storer.keep(position)
        follow(file)
    }

    private mutating func follow(_ file: FollowedFile) {
        self.file = file
        seen = (-1, 0)
        hasSaidMissing = false
    }

    /// Goes on to the next file, if this one was moved away and is read.
    ///
    /// - Returns: Whether there is something to read.
    private mutating func changeOver() throws -> Bool {
        guard let current = file else {
            if let first = try FollowedFile.open(path) {
                begin(first)
                return true
            }
            if !hasSaidMissing { say("it is not there yet; waiting for it") }
            hasSaidMissing = true
            return false
        }
        guard RotatedFiles.inode(of: path) != current.inode,
            let next = RotatedFiles(path).successor(of: current.inode)
        else { return false }
        let status = current.status
        let now = ftf_boot_nanoseconds()
        if status.size != seen.size { seen = (status.size, now) }
        let patience = (next.size > 0 ? Self.shortPatience : Self.patience).nanoseconds
        let age = ftf_wall_milliseconds() &* 1_000_000 &- status.written
        guard now - seen.at >= patience || age >= patience else { return false }
        // Nothing follows what has no end.
        try storer.storeRest(of: current, &position, place: place)
        guard !storer.isStopped, let opened = try FollowedFile.open(next.path) else { return false }
        begin(opened)
        return true
    }

    // MARK: - Lines

    private var place: String { file?.path ?? path }

    /// Stores all whole lines.
    private mutating func readLines() throws {
        guard let file else { return }
        let (size, _) = file.status
        if position.offset > 0, position.isBeforeChange(file.firstLine, size: size) {
            say("it was cut short or written anew; reading it from its beginning")
            position = FollowPosition(inode: file.inode)
        }
        try storer.storeLines(of: file, &position, place: place)
    }

    private func say(_ text: String) { if !isQuiet { Console.complain("\(path): \(text)") } }

    // MARK: - Waiting

    /// Waits for a write, a signal or the next look.
    ///
    /// - Returns: False when a signal arrived.
    private func wait() -> Bool {
        let changes = file?.changes ?? -1
        ftf_wait_readable_either(changes, signals, Self.look.nanoseconds)
        if changes >= 0 { ftf_fd_drain(changes) }
        return ftf_signals_take() == 0
    }
}
