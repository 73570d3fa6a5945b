// SPDX-License-Identifier: MIT
import CSystem
import FootfallJSON
import FootfallStore
import FootfallTransport
import Glibc

/// Checks everything that recording and delivering depend on: what `footfall doctor`
/// prints.
///
/// ```swift
/// for finding in Doctor.examine(configuration) where finding.verdict == .wrong {
///     print("\(finding.thing): \(finding.text)")
/// }
/// ```
package struct Doctor {
    /// How serious a finding is.
    package enum Verdict: String, Sendable {
        /// Nothing is to be done.
        case fine
        /// Events are recorded and delivered, though perhaps not as expected.
        case notable
        /// Events are not recorded or not delivered until this is mended.
        case wrong
    }

    /// The result of one check.
    package struct Finding: Sendable {
        /// How serious it is.
        package var verdict: Verdict
        /// What was checked: `consent`, `directory`, `store`, `destination NAME` and others.
        package var thing: String
        /// What was found, and what to do about it.
        package var text: String
    }

    private let configuration: Configuration
    private let directory: StateDirectory
    private let absence: (String) -> String?
    private var findings: [Finding] = []
    /// False when another user can change the directory: its files are not read then.
    private var isDirectoryOwn = true

    /// Makes all checks. It opens the store for a moment, on the calling thread, and
    /// changes nothing.
    ///
    /// - Parameter absence: Why events are not delivered to a destination of the store, as `disabled`;
    ///   `nil` for one that the configuration has.
    package static func examine(
        _ configuration: Configuration, absence: @escaping (String) -> String? = { _ in nil }
    ) -> [Finding] {
        var doctor = Doctor(configuration, absence)
        doctor.lookAtConsent()
        doctor.lookAtDirectory()
        doctor.lookAtStore()
        doctor.lookAtSpools()
        doctor.lookAtPlugins()
        doctor.lookAtNetwork()
        return doctor.findings
    }

    private init(_ configuration: Configuration, _ absence: @escaping (String) -> String?) {
        self.configuration = configuration
        self.absence = absence
        directory = configuration.directory
    }

    private mutating func add(_ verdict: Verdict, _ thing: String, _ text: String) {
        findings.append(Finding(verdict: verdict, thing: thing, text: text))
    }

    private mutating func lookAtConsent() {
        guard !StateLocation.isTrackingRefused else {
            return add(.notable, "consent", "DO_NOT_TRACK is set: nothing is recorded or sent")
        }
        switch ConsentFile(directory).read() {
        case .optedOut:
            add(.notable, "consent", "the user opted out: nothing is recorded or sent; footfall opt-in ends that")
        case .recording: add(.fine, "consent", "the user did not opt out")
        case .unreadable(let error):
            add(
                .wrong, "consent",
                "whether the user opted out cannot be read (\(String(cString: strerror(error)))): nothing is recorded")
        }
    }

    private mutating func lookAtDirectory() {
        guard !StateDirectory.isMissing(directory.path) else {
            return add(.notable, "directory", "\(directory.path) is not there yet; the first event makes it")
        }
        do throws(StoreError) {
            try directory.check(for: .look)
        } catch {
            isDirectoryOwn = false
            return add(
                .wrong, "directory", "\(error); programs keep events in memory only, and the command stores none")
        }
        guard access(directory.path, W_OK | X_OK) == 0 else {
            return add(.wrong, "directory", "\(directory.path) cannot be written: \(String(cString: strerror(errno)))")
        }
        var status = stat()
        if stat(directory.path, &status) == 0, status.st_mode & 0o077 != 0 {
            let what = status.st_mode & 0o022 != 0 ? "written" : "read"
            add(.notable, "directory", "\(directory.path) can be \(what) by others: chmod 700 \(directory.path)")
        } else {
            add(.fine, "directory", directory.path)
        }
        if directory.isOnNetwork {
            add(.notable, "file system", "it is on another machine: only one program at a time can use the store")
        }
        var space = statvfs()
        if statvfs(directory.path, &space) == 0 {
            let free = UInt64(space.f_bavail).multipliedReportingOverflow(by: UInt64(space.f_frsize)).partialValue
            let isShort = free < Self.leastFree
            add(
                isShort ? .wrong : .fine, "disk",
                "\(free >> 20) MiB are free\(isShort ? ": events are dropped when the disk is full" : "")")
        }
        for file in directory.setAside where !file.hasSuffix("-wal") && !file.hasSuffix("-journal") {
            add(.notable, "damage", "\(file) is a damaged store; what could be read of it was kept")
        }
    }

    /// Bytes. Both files of a spool need as much.
    private static let leastFree = UInt64(Limits.spoolBytes)

    private mutating func lookAtStore() {
        guard isDirectoryOwn else { return }
        do throws(StoreError) {
            let isThere = try StoreReader(directory).read { (store) throws(StoreError) in
                try self.look(into: store)
                return true
            }
            if isThere == nil { add(.notable, "store", "there is none yet; the first event makes it") }
        } catch {
            add(.wrong, "store", "\(error)")
        }
    }

    private mutating func look(into store: Store) throws(StoreError) {
        let check = try store.connection.prepare("PRAGMA quick_check(1)")
        let verdict = try check.step() ? check.text(0) ?? "" : ""
        check.reset()
        guard verdict == "ok" else { return add(.wrong, "store", "it is damaged: \(verdict)") }
        let rows = try store.counters.value(CounterTable.rows)
        add(.fine, "store", "\(counted(rows, "event")), no damage")
        for row in try store.destinations.all() {
            look(at: row)
            try count(row, store)
        }
        let clocks = ClockStateMachine(
            notBefore: configuration.clock.notBefore, rows: try store.clocks.all())
        look(at: clocks, dispute: try store.keyValue.text(ClockDispute.key).flatMap { ClockDispute($0) })
    }

    private mutating func look(at clocks: ClockStateMachine, dispute: ClockDispute?) {
        let now = configuration.clock
        if now.isSynchronized(), now.wall() >= now.notBefore {
            add(.fine, "clock", "it is believed: a time service sets it")
        } else if let dispute, dispute.bootID == now.bootID {
            add(
                .notable, "clock",
                "\(dispute): no event's time is corrected, and doubtful times are marked as estimated; set the clock, or run a time service"
            )
        } else if clocks.isTrusted(now.moment) {
            add(.fine, "clock", "it is believed")
        } else {
            add(
                .notable, "clock",
                "it was set in this boot, or is before \(FootfallVersion.date): the https destinations are asked for the time"
            )
        }
    }

    private mutating func look(at row: DestinationRow) {
        let state = row.retry.flatMap { RetryRecord($0) }
        let waiting = "\(counted(row.queued, "event")) queued"
        defer { lookAtDeadLetters(of: row) }
        let who: String
        switch UploaderLock.holder(of: directory.uploaderLock(row.name)) {
        case .unheld:
            if let absence = absence(row.name) {
                return add(
                    row.queued > 0 ? .notable : .fine, "destination \(row.name)", "it is \(absence); \(waiting)")
            }
            who = "no process delivers now"
        case .process(let name): who = "process \(name) delivers"
        case .unusable(let problem):
            return add(
                .wrong, "destination \(row.name)", "nothing is delivered (\(problem)); \(waiting)")
        }
        let error = state?.lastError.map { ": \($0)" } ?? ""
        switch state?.state {
        case "blocked", "refusing":
            add(.wrong, "destination \(row.name)", "\(state?.state ?? "")\(error); \(waiting)")
        case "waiting", "retrying":
            let isAhead = state?.nextAttempt.map { $0 > configuration.clock.wall() } ?? false
            let attempt = isAhead ? "the next attempt waits" : "the next attempt is due"
            add(.notable, "destination \(row.name)", "\(attempt)\(error); \(waiting), \(who)")
        default: add(.fine, "destination \(row.name)", "\(waiting), \(who)")
        }
    }

    /// `status` shows the sums that the store keeps; this counts the rows.
    private mutating func count(_ row: DestinationRow, _ store: Store) throws(StoreError) {
        let rows = try store.events.queued(for: row.id, after: row.position)
        guard rows != row.queued else { return }
        add(
            .notable, "destination \(row.name)",
            "\(counted(rows, "event")) wait\(rows == 1 ? "s" : ""), but its sums say \(row.queued), and footfall status shows that; delivery is not affected, please report it"
        )
    }

    private mutating func lookAtDeadLetters(of row: DestinationRow) {
        guard row.deadLettered > 0 else { return }
        let letters = counted(row.deadLettered, "dead letter")
        add(.notable, "destination \(row.name)", "\(letters): footfall dead-letters lists them")
    }

    private mutating func lookAtSpools() {
        guard isDirectoryOwn else { return }
        let error = access(directory.spools, R_OK | X_OK) == 0 ? 0 : errno
        guard error == 0 || error == ENOENT else {
            return add(.wrong, "spools", "\(directory.spools) cannot be read: \(String(cString: strerror(error)))")
        }
        let orphans = OrphanSpool.foreign(directory: directory.spools, source: "")
        guard orphans > 0 else { return }
        add(
            .notable, "spools",
            "\(orphans) of programs that are not running; their events are stored when these programs start again")
    }

    private mutating func lookAtPlugins() {
        guard isDirectoryOwn else { return }
        let now = configuration.clock.moment
        for found in BlockedPlugin.all(in: directory, at: now) {
            let cure = found.until == nil ? "; mend the plugin, or restart the program without it" : ""
            add(found.until == nil ? .wrong : .notable, "plugin \(found.plugin)", found.sentence(at: now) + cure)
        }
        let held = HeldEvents.all(in: directory)
        let off = PluginOff.all(in: directory, configuration.clock)
        for plugin in off {
            add(.wrong, "plugin \(plugin.plugin)", "\(plugin.sentence(held)); mend the plugin, and start the program")
        }
        for events in held where events.reason != .off || !off.contains(where: events.isFor) {
            add(.notable, "plugin \(events.plugin)", events.sentence)
        }
    }

    private mutating func lookAtNetwork() {
        if let problem = Transport.problem {
            add(.wrong, "libcurl", "nothing is delivered: \(problem.text)")
        } else {
            add(.fine, "libcurl", "it is installed")
        }
        if let proxy = configuration.proxy {
            let what = proxy.isEmpty ? "none; the environment's is not used" : "the one of the configuration"
            add(.notable, "proxy", what)
        } else if let name = ["https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"].first(where: {
            StateLocation.environment($0) != nil
        }) {
            add(.notable, "proxy", "the one that \(name) names in the environment")
        }
    }
}
