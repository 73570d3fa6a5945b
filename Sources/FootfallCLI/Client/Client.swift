// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import FootfallJSON
import FootfallStore

/// A client for one run of the command: it waits for each commit, so it needs
/// no spool, and it delivers only when told to.
struct Client {
    let analytics: Analytics
    private let errors = ErrorLog()

    /// - Parameter endsAtOnce: It stores and does nothing else, not even be closed:
    ///   what is stored is stored.
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
            nonisolated(unsafe) let plugin: any Plugin = destination  // made here, and handed over whole
            analytics.add(plugin: plugin)
        }
    }

    /// The user wants nothing to be recorded.
    static var isSilent: Bool { StateLocation.isTrackingRefused }

    /// Waits until the one event of a command is stored.
    func store() throws {
        try commit()
        if let error = errors.first(.eventTooLarge) ?? errors.first(.invalidEvent) {
            throw CommandExit(.badInput, error.message)
        }
        if let count = analytics.counters.dropped[.tooLarge], count > 0 {
            throw CommandExit(.badInput, "the event is larger than 32 KiB and was not stored; send less")
        }
    }

    /// Waits until what was called is stored. A command has no spool: what is not
    /// stored now is stored never.
    func commit() throws {
        if let error = analytics.store(timeout: .seconds(30)) { throw Self.notStored(error) }
    }

    static func notStored(_ error: FootfallError) -> CommandExit {
        CommandExit(.cannotCreate, "nothing was stored: \(reason(error))")
    }

    static func reason(_ error: FootfallError) -> String {
        (error.underlying as? StoreError).map { "\($0)" } ?? error.message
    }

    /// Delivers, and gives the status that a delivery ends with.
    func flush(within limit: Duration) throws -> (report: FlushReport, exit: CommandExit?) {
        try commit()
        let report = analytics.flush(timeout: limit)
        guard !report.isDelivered else { return (report, nil) }
        let problem = report.problems.isEmpty ? "no destination is configured" : report.problems.joined(separator: "; ")
        let message = report.queued > 0 ? "\(counted(report.queued, "event")) still queued: \(problem)" : problem
        return (report, CommandExit(report.isBlocked ? .unavailable : .temporary, message))
    }

    /// The first problem of a kind in this run.
    func firstError(_ code: FootfallError.Code) -> FootfallError? { errors.first(code) }

    func close() { analytics.close(timeout: .seconds(2)) }
}

/// The problems of one run, from any thread.
final class ErrorLog: Sendable {
    private let errors = Guarded<[FootfallError]>([])

    func add(_ error: FootfallError) { errors.with { $0.append(error) } }

    func first(_ code: FootfallError.Code) -> FootfallError? { errors.with { $0.first { $0.code == code } } }
}
