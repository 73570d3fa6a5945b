// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import FootfallTransport
import Glibc

/// Looks at everything that events depend on, for people who wonder where theirs are.
package struct Doctor: Sendable {
    /// How a thing is.
    package enum Verdict: String, Sendable { case fine, notable, wrong }

    /// One thing that was looked at.
    package struct Finding: Sendable {
        package var verdict: Verdict
        package var thing: String
        /// What is the case, and what to do about it.
        package var text: String
    }

    private let configuration: Configuration
    private let directory: StateDirectory
    private var findings: [Finding] = []
    /// Nothing is read in a directory that another user can change.
    private var isDirectoryOwn = true

    /// Looks; it opens the store for a moment and changes nothing.
    package static func examine(_ configuration: Configuration) -> [Finding] {
        var doctor = Doctor(configuration)
        doctor.lookAtConsent()
        doctor.lookAtDirectory()
        doctor.lookAtStore()
        doctor.lookAtSpools()
        doctor.lookAtNetwork()
        return doctor.findings
    }

    private init(_ configuration: Configuration) {
        self.configuration = configuration
        directory = configuration.directory
    }

    private mutating func add(_ verdict: Verdict, _ thing: String, _ text: String) {
        findings.append(Finding(verdict: verdict, thing: thing, text: text))
    }

    private mutating func lookAtConsent() {
        if StateLocation.isTrackingRefused {
            add(.notable, "consent", "DO_NOT_TRACK is set: nothing is recorded or sent")
        } else if case .optedOut = ConsentFile(directory).read() {
            add(.notable, "consent", "the user opted out: nothing is recorded or sent; footfall opt-in ends that")
        } else {
            add(.fine, "consent", "events are recorded")
        }
    }

    private mutating func lookAtDirectory() {
        var entry = stat()
        // Not access(2), which follows a link that leads nowhere.
        guard directory.absence != nil || lstat(directory.path, &entry) == 0 || errno != ENOENT else {
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
            add(.notable, "file system", "it is on another machine: one program at a time can use the store")
        }
        var space = statvfs()
        if statvfs(directory.path, &space) == 0 {
            let free = UInt64(space.f_bavail) * UInt64(space.f_frsize)
            add(
                free < 16 << 20 ? .wrong : .fine, "disk",
                "\(free >> 20) MiB are free\(free < 16 << 20 ? ": events are dropped when there is no more room" : "")")
        }
        for file in directory.setAside where !file.hasSuffix("-wal") && !file.hasSuffix("-journal") {
            add(.notable, "damage", "\(file) is a damaged store; what could be read of it was kept")
        }
    }

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
        add(.fine, "store", "\(rows) events, no damage")
        for row in try store.destinations.all() { look(at: row) }
        let clocks = ClockStateMachine(
            notBefore: configuration.clock.notBefore, rows: try store.clocks.all())
        look(at: clocks, dispute: try store.keyValue.text(ClockDispute.key).flatMap { ClockDispute($0) })
    }

    private mutating func look(at clocks: ClockStateMachine, dispute: ClockDispute?) {
        let now = configuration.clock
        if now.isSynchronized(), now.wall() >= now.notBefore {
            add(.fine, "clock", "it is believed: the kernel has it from a time service")
        } else if let dispute, dispute.bootID == now.bootID {
            add(
                .notable, "clock",
                "\(dispute): no time is moved, and what is doubtful says that it is estimated; set the clock, or run a time service"
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
        let who: String
        switch UploaderLock.holder(of: directory.uploaderLock(row.name)) {
        case .nobody: who = "no process delivers just now"
        case .process(let name): who = "process \(name) delivers"
        case .unusable(let problem):
            return add(
                .wrong, "destination \(row.name)", "nothing is delivered (\(problem)); \(row.queued) events wait")
        }
        let error = state?.lastError.map { ": \($0)" } ?? ""
        switch state?.state {
        case "blocked", "refusing":
            add(.wrong, "destination \(row.name)", "\(state?.state ?? "")\(error); \(row.queued) events wait")
        case "waiting", "retrying":
            add(.notable, "destination \(row.name)", "it is tried again\(error); \(row.queued) events wait, \(who)")
        default: add(.fine, "destination \(row.name)", "\(row.queued) events wait, \(who)")
        }
        if row.deadLettered > 0 {
            add(.notable, "destination \(row.name)", "\(row.deadLettered) dead letters: footfall dead-letters")
        }
    }

    private mutating func lookAtSpools() {
        let orphans = OrphanSpool.foreign(directory: directory.spools, source: "")
        guard orphans > 0 else { return }
        add(.notable, "spools", "\(orphans) of programs that are not running: they are stored when those start again")
    }

    private mutating func lookAtNetwork() {
        if let problem = Transport.problem {
            add(.wrong, "libcurl", "nothing is delivered: \(problem.text)")
        } else {
            add(.fine, "libcurl", "it is there")
        }
        if let proxy = configuration.proxy {
            add(.notable, "proxy", proxy.isEmpty ? "none, whatever the environment says" : "as configured")
        } else if let name = ["https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"].first(where: {
            StateLocation.environment($0) != nil
        }) {
            add(.notable, "proxy", "by \(name) of the environment")
        }
    }
}
