// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import FootfallConfigured
import FootfallJSON
import FootfallStore

/// A client for one run of the command.
///
/// It waits for each commit, so it needs no spool, and it delivers only in ``flush(within:)``.
struct Client {
    let analytics: Analytics
    let settings: Settings
    let isQuiet: Bool
    /// Whether progress is shown on standard error.
    let showsProgress: Bool
    private let errors = ErrorLog()
    private let undone: String

    /// - Parameters:
    ///   - undone: What is said to be undone when the store cannot be used.
    ///   - isRehearsal: Prepares events without storing them, for `--dry-run`.
    ///   - endsAtOnce: The process ends after the commit without calling ``close()``, so no thread is started.
    init(
        _ settings: Settings, _ options: Globals, undone: String = "nothing was stored", isRehearsal: Bool = false,
        endsAtOnce: Bool = false
    ) throws {
        self.undone = undone
        self.settings = settings
        isQuiet = options.quiet
        showsProgress = Console.isTerminal && !options.quiet
        let errors = errors
        let isVerbose = options.verbose
        var configuration = settings.configuration.delivers(false).errorHandler { error in
            errors.add(error)
            if isVerbose || error.code == .storeExposed { Console.complain("\(error)") }
        }
        configuration.isRehearsal = isRehearsal
        analytics = Analytics(configuration: configuration, usesSpool: false, runsInline: endsAtOnce)
        if let problem = analytics.directoryProblem {
            throw CommandExit(.cannotCreate, "\(undone): \(problem)\(problem.cure)")
        }
        var plugins = settings.plugins
        if let session = settings.makeSession() { plugins.insert(session, at: 0) }
        if !isRehearsal { plugins += settings.destinations.enabled }
        for plugin in plugins {
            nonisolated(unsafe) let plugin = plugin  // Used by the client alone from here on.
            analytics.add(plugin: plugin)
        }
        analytics.declare(.standard)
    }

    /// Records an event and waits until it is stored.
    ///
    /// - Returns: Why it is not stored; `nil` when it is.
    func record(_ event: Event) throws -> Unstored? {
        switch analytics.record(event, timeout: Self.longestWait) {
        case .stored: nil
        case .dropped(let reason): Unstored(reason)
        case .failed(let error): throw failed(error)
        }
    }

    /// Why nothing is recorded now; `nil` when events are recorded.
    func refusal() throws -> Unstored? {
        do throws(FootfallError) {
            return try analytics.refusal().map { Unstored($0) }
        } catch {
            throw failed(error)
        }
    }

    /// Waits until all events so far are stored.
    ///
    /// What is not stored now is lost: a run of the command has no spool that a later run could read.
    ///
    /// - Parameter undone: What is said to be undone on failure, if something was done before.
    func commit(undone: String? = nil) throws {
        if let error = analytics.store(timeout: Self.longestWait) { throw failed(error, undone) }
    }

    /// How long another process may keep the store locked.
    static let longestWait = Duration.seconds(30)

    /// How the command ends when the store cannot be used.
    func failed(_ error: FootfallError, _ undone: String? = nil) -> CommandExit {
        CommandExit(.cannotCreate, "\(undone ?? self.undone): \(Self.reason(error))")
    }

    static func reason(_ error: FootfallError) -> String {
        (error.underlying as? StoreError).map { "\($0)\($0.cure)" } ?? error.message
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
