// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import FootfallJSON
import FootfallStore

/// A client for one run of the command.
///
/// It waits for each commit, so it needs no spool, and it delivers only in ``flush(within:)``.
struct Client {
    let analytics: Analytics
    private let errors = ErrorLog()

    /// - Parameters:
    ///   - isRehearsal: Prepares events without storing them, for `--dry-run`.
    ///   - endsAtOnce: The process ends after the commit without calling ``close()``, so no thread is started.
    init(_ settings: Settings, _ options: Globals, isRehearsal: Bool = false, endsAtOnce: Bool = false) throws {
        let errors = errors
        let isVerbose = options.verbose
        var configuration = settings.configuration.delivers(false).errorHandler { error in
            errors.add(error)
            if isVerbose || error.code == .storeExposed { Console.complain("\(error)") }
        }
        configuration.isRehearsal = isRehearsal
        analytics = Analytics(configuration: configuration, usesSpool: false, runsInline: endsAtOnce)
        if let session = settings.makeSession() { analytics.add(plugin: session) }
        guard !isRehearsal else { return }
        for destination in try settings.destinations() {
            nonisolated(unsafe) let plugin: any Plugin = destination  // Used by the client alone from here on.
            analytics.add(plugin: plugin)
        }
    }

    /// Waits until the only event of this run is stored; throws when it was dropped instead.
    func commitSingleEvent() throws {
        try commit()
        if let error = errors.first(.eventTooLarge) ?? errors.first(.invalidEvent) {
            throw CommandExit(.badInput, error.message)
        }
        if let count = analytics.counters.dropped[.tooLarge], count > 0 {
            throw CommandExit(.badInput, "the event is larger than 32 KiB and was not stored; send less")
        }
    }

    /// Waits until all events so far are stored.
    ///
    /// What is not stored now is lost: a run of the command has no spool that a later run could read.
    func commit() throws {
        if let error = analytics.store(timeout: .seconds(30)) { throw Self.notStored(error) }
    }

    static func notStored(_ error: FootfallError) -> CommandExit {
        CommandExit(.cannotCreate, "nothing was stored: \(reason(error))")
    }

    static func reason(_ error: FootfallError) -> String {
        (error.underlying as? StoreError).map { "\($0)" } ?? error.message
    }

    /// Delivers what is stored, waiting `limit` at most.
    ///
    /// - Returns: The report, and how the command ends when events are left.
    func flush(within limit: Duration) throws -> (report: FlushReport, exit: CommandExit?) {
        try commit()
        let report = analytics.flush(timeout: limit)
        guard !report.isDelivered else { return (report, nil) }
        let problem = report.problems.isEmpty ? "no destination is configured" : report.problems.joined(separator: "; ")
        let message = report.queued > 0 ? "\(counted(report.queued, "event")) still queued: \(problem)" : problem
        return (report, CommandExit(report.isBlocked ? .unavailable : .temporary, message))
    }

    /// The first error of this run that has the code.
    func firstError(_ code: FootfallError.Code) -> FootfallError? { errors.first(code) }

    func close() { analytics.close(timeout: .seconds(2)) }
}

/// The errors of one run. Any thread may add to it.
private final class ErrorLog: @unchecked Sendable {
    private let lock = Lock()
    /// Protected by `lock`.
    private var errors: [FootfallError] = []

    func add(_ error: FootfallError) { lock.withLock { errors.append(error) } }

    func first(_ code: FootfallError.Code) -> FootfallError? {
        lock.withLock { errors.first { $0.code == code } }
    }
}
