// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Glibc
import Synchronization

/// The parts of one client: mailbox, pipeline, store and uploader, with their threads.
///
/// The threads keep the runtime alive while they run: a client that the host releases is
/// closed in order.
final class Runtime: @unchecked Sendable {
    let configuration: Configuration
    let directory: StateDirectory
    /// Application and role. A client adopts spools of its own source only.
    let source: String
    let mailbox: Mailbox
    let store: SerializedStore
    let statistics = Statistics()
    /// What the host changes while the client runs.
    let settings: RunTimeSettings
    /// Notices a plugin that does not return.
    let watch: PluginWatch
    /// What other processes see of this client while it runs.
    let processFile: ProcessFile
    /// Through which the client's threads call the host's code.
    let gate: CallbackGate
    /// Whether the client was closed.
    let ending = ClientEnd()
    let hasIdentityFile: Bool
    /// Whether the user wants to be recorded.
    let consent: Consent
    /// Why the directory could not be used at the start; `nil` when it can, or is missing.
    let directoryProblem: StoreError?
    let mailboxUsesSpool: Bool
    /// Whether the pipeline runs on the thread of the caller that waits for it.
    let runsInline: Bool
    private let identityFile: IdentityFileWriter
    // Both are made at the end of `init`, before another thread has this object.
    private(set) lazy var pipeline = Pipeline(
        self, identity: mailbox.installation, context: Self.context(configuration), creation: configuration.clock.moment
    )
    private(set) lazy var uploader = Uploader(self)

    /// Whether DO_NOT_TRACK is set: nothing is recorded, stored or sent.
    let isSilent: Bool

    /// Whether nothing is recorded: the user opted out, or DO_NOT_TRACK is set.
    var isOptedOut: Bool { consent.isOptedOut || isSilent }

    private let plugins = PluginRegistry()
    private let lock = Lock()
    // Protected by lock:
    private weak var analyticsReference: Analytics?
    // Atomic, since each call reads them.
    private let isPipelineStarted = Atomic(false)
    /// Whether this is a forked child that must not touch the store: it has its spool only,
    /// and no pipeline.
    private(set) var isSpoolOnly = false

    init(_ configuration: Configuration, usesSpool: Bool, runsInline: Bool) {
        self.configuration = configuration
        self.runsInline = runsInline
        isSilent = StateLocation.isTrackingRefused
        mailboxUsesSpool = usesSpool
        let directory = configuration.directory
        self.directory = directory
        let source = "\(configuration.role.rawValue):\(configuration.application?.id ?? "")"
        self.source = source
        settings = RunTimeSettings(configuration)
        let gate = CallbackGate(configuration.errorHandler)
        self.gate = gate
        let file = ProcessFile(directory, library: configuration.sqliteLibrary)
        processFile = file
        watch = PluginWatch(configuration, source: source, isSilent: isSilent, gate: gate, file: file)
        let mayUseMemory = configuration.role != .command && !configuration.isRehearsal
        let store = SerializedStore(
            directory: directory, use: configuration.role == .command ? .oneShot : .longLived,
            limits: configuration.storeLimits,
            mayUseMemory: mayUseMemory, clock: configuration.clock, processFile: mayUseMemory ? file : nil,
            report: { gate.report($0) })
        self.store = store

        // Two small files are read before the first call. Without the identity's file the
        // first commit adopts the store's copy.
        let reading = ConsentFile(directory).read()
        let problem = Self.problem(of: directory, configuration)
        directoryProblem = problem?.kind == .system(ENOENT) ? nil : problem
        let isOwn = problem == nil
        let found = isOwn ? IdentityFile.read(directory.identity, reading) : nil
        hasIdentityFile = found != nil
        let consent = Consent(directory, reading, identityErasure: found?.erasure ?? 0, clock: configuration.clock)
        self.consent = consent
        identityFile = IdentityFileWriter(directory, consent: consent, holds: found)
        let identity = found?.identity ?? .fresh()
        let bootID = configuration.clock.bootID
        mailbox = Mailbox(
            identity: identity, erasure: consent.erasure, clock: configuration.clock, usesSpool: usesSpool,
            report: { gate.report($0) },
            makeSpool: { () throws(StoreError) in
                let erasure = consent.erasure
                do throws(StoreError) {
                    try directory.check()
                    return try Spool(
                        directory: directory.spools, source: source, bootID: bootID, erasure: erasure)
                } catch {
                    try directory.create()
                    return try Spool(
                        directory: directory.spools, source: source, bootID: bootID, erasure: erasure)
                }
            })
        if !isOptedOut, isOwn { learnVisit() }
        _ = pipeline
        _ = uploader
        ProcessHooks.shared.add(self)
    }

    /// Why the directory cannot be used: it is missing, or something in it is another
    /// user's. Under DO_NOT_TRACK the check changes nothing.
    private static func problem(of directory: StateDirectory, _ configuration: Configuration) -> StoreError? {
        do throws(StoreError) {
            let isSilent = StateLocation.isTrackingRefused || configuration.isRehearsal
            guard let exposure = try directory.check(for: isSilent ? .look : .use) else { return nil }
            configuration.errorHandler?(FootfallError(.storeExposed, exposure))
            return nil
        } catch {
            // The host is told when the store is opened.
            return error
        }
    }

    /// Learns of a visit that is open before the first call is stamped. Otherwise an
    /// `identify` of the visitor would change the installation's identity. A file says
    /// whether a visit is open; the visitor's id is in the store only.
    private func learnVisit() {
        guard configuration.role != .command, let mark = try? SmallFile.read(own: directory.visit), !mark.isEmpty else {
            return
        }
        // A store that cannot be read now is read at the first commit.
        let session = try? store.withStore { (store) throws(StoreError) in try StoredSession(store) }
        guard let visit = session?.visit else { return }
        mailbox.adopt(visitor: (visit.anonymousId, visit.userId), asOf: 0)
    }

    private static func context(_ configuration: Configuration) -> JSONObject {
        var context: JSONObject = [
            "library": ["name": .string(FootfallVersion.name), "version": .string(FootfallVersion.current)]
        ]
        if let application = configuration.application {
            var app: JSONObject = ["namespace": .string(application.id)]
            if let name = application.name { app["name"] = .string(name) }
            if let version = application.version { app["version"] = .string(version) }
            if let build = application.build { app["build"] = .string(build) }
            context["app"] = .object(app)
        }
        return context
    }

    // MARK: - The client

    var analytics: Analytics? {
        get { lock.withLock { analyticsReference } }
        set { lock.withLock { analyticsReference = newValue } }
    }

    func report(_ error: FootfallError) { gate.report(error) }

    /// A plugin threw.
    func pluginFailed(_ plugin: any Plugin, _ error: any Error) {
        statistics.countPluginError()
        report(FootfallError(.pluginFailed, "\(plugin.name) failed: \(error)", underlying: error))
    }

    // MARK: - Threads

    /// Starts the pipeline's thread unless it runs. Each call does this, so that the thread
    /// also runs in a forked child.
    ///
    /// - Returns: whether the thread runs.
    @inline(__always) @discardableResult
    func ensureStarted() -> Bool {
        isPipelineStarted.load(ordering: .acquiring) || runsInline || startPipeline()
    }

    private func startPipeline() -> Bool {
        let isStarted: Bool? = lock.withLock {
            if isPipelineStarted.load(ordering: .acquiring) { return true }
            if isSpoolOnly { return false }
            isPipelineStarted.store(true, ordering: .releasing)
            return nil
        }
        if let isStarted { return isStarted }
        let isRunning = startThread("footfall") { runtime in
            runtime.gate.enterPipeline()
            runtime.pipeline.run()
        }
        if !isRunning { isPipelineStarted.store(false, ordering: .releasing) }
        return isRunning
    }

    /// Starts a thread; false, and the host is told, when that fails.
    func startThread(_ name: StaticString, _ body: @escaping @Sendable (Runtime) -> Void) -> Bool {
        let failed = OwnThread.start(name, self, body)
        guard failed != 0 else { return true }
        report(FootfallError(.storeUnavailable, "a thread cannot be started: \(String(cString: strerror(failed)))"))
        return false
    }

    var isOnPipelineThread: Bool { isRunning && gate.isOnPipelineThread }

    /// Whether the pipeline's thread was started in this process.
    var isRunning: Bool { isPipelineStarted.load(ordering: .acquiring) }

    // MARK: - Calls

    func post(_ event: consuming Event, _ call: PostOptions) {
        guard !isSilent else { return }
        // Another program may have opted in again. That costs one look at the directory a call.
        if isOptedOut {
            if isOptedOut { lookAtConsent() }
            if isOptedOut { return countDrop(.optedOut) }
        }
        ensureStarted()
        let changesIdentity = call.change != .none && call.durability.usesSpool && mailboxUsesSpool
        let calledAt = mailbox.post(consume event, call)
        guard calledAt != Mailbox.closed else { return refuseLateCall(events: 1) }
        watch.called(at: calledAt)
        // The next process stamps its first events before it adopts this spool.
        if changesIdentity { writeIdentityFile() }
    }

    @discardableResult
    func post(_ command: sending Command) -> Bool {
        // No pipeline would answer.
        guard !isSilent || command.servesErasure, !isSpoolOnly, ensureStarted() else { return false }
        watch.called(at: configuration.clock.boot())
        let (isOfHost, isTaken) = (command.isOfHost, mailbox.post(command))
        if !isTaken, isOfHost { refuseLateCall() }
        return isTaken
    }

    func post(application change: ApplicationChange) {
        post(.application(change, configuration.clock.moment))
    }

    func post(session request: SessionRequest) {
        if settings.isEnabled { post(.session(request, configuration.clock.moment)) }
    }

    func post(visit change: VisitChange) {
        guard !isOptedOut, settings.isEnabled else { return }
        ensureStarted()
        if !mailbox.post(visit: change) { refuseLateCall() }
    }

    @discardableResult
    func addPlugin(_ plugin: sending any Plugin) -> UInt64 {
        let id = plugins.add(plugin)
        post(.add(plugin, id: id, configuration.clock.moment))
        return id
    }

    /// The pipeline did not take a plugin, or an inner one of a destination was added later.
    func forgetPlugin(id: UInt64) { plugins.remove(id: id) }
    func notePlugin(_ plugin: any Plugin, id: UInt64) { plugins.note(plugin, id: id) }

    func findDestination(key: String) -> PluginHandle<any DestinationPlugin>? {
        plugins.id(ofKey: key).map { PluginHandle(id: $0, runtime: self) }
    }

    func removePlugin(id: UInt64) {
        plugins.remove(id: id)
        post(.remove(id: id))
    }

    func findPlugins<P>(_ type: P.Type) -> [PluginHandle<P>] {
        plugins.ids(of: type).map { PluginHandle(id: $0, runtime: self) }
    }

    /// Writes the identity's file, which the next start reads before its first call.
    func writeIdentityFile() {
        let problem = identityFile.write(if: { !isOptedOut }, { mailbox.identityFile })
        // Told without a lock: the host may change the identity when it hears of it.
        guard let problem else { return }
        report(FootfallError(.storeUnavailable, "the identity is only in the store (\(problem))", underlying: problem))
    }

    /// Removes the identity's file, unless it comes after the last erasure.
    func removeIdentityFile() { identityFile.remove { isOptedOut } }

    /// Makes exit() wait a little for the threads. Called after libcurl is loaded, so that
    /// it runs before libcurl's own exit handlers.
    func hookExit() { ProcessHooks.shared.hookExit() }

    // MARK: - fork

    /// What is held still while fork() copies the process.
    struct ForkHold {
        /// The pipeline's thread sleeps and the store is closed. Otherwise the child can
        /// only write its spool.
        var pipeline = false
        /// The uploader's thread sleeps. Otherwise the child delivers nothing.
        var uploader = false
        /// The uploader's lists do not change. They name the locks that the child must release.
        var lists = false
        /// No call is under way. Otherwise a slow disk holds one up, and the child takes no calls.
        var calls = false
    }

    /// Before fork: waits until the threads sleep, closes the store and takes all locks, each
    /// within its time limit.
    ///
    /// - Parameter begin: When the host called fork(), by CLOCK_MONOTONIC.
    func prepareForFork(since begin: Int64) -> ForkHold {
        var hold = ForkHold()
        let deadline = begin + Limits.forkWait.nanoseconds
        hold.uploader = uploader.work.claim(until: deadline)
        // The store gets its full time, however long the uploader took.
        hold.pipeline =
            !isSpoolOnly && claimStore(until: ftf_monotonic_nanoseconds() + Limits.forkWait.nanoseconds)
        hold.calls = mailbox.lock.lock(
            until: ftf_monotonic_nanoseconds() + Limits.forkWaitForCalls.nanoseconds)
        hold.lists = uploader.lock.lock(
            until: ftf_monotonic_nanoseconds() + Limits.forkWaitForCalls.nanoseconds)
        plugins.holdForFork()
        watch.holdForFork()
        processFile.holdForFork(until: ftf_monotonic_nanoseconds() + Limits.forkWait.nanoseconds)
        lock.lock()
        if hold.pipeline { store.closeLocked() }
        return hold
    }

    private func claimStore(until deadline: Int64) -> Bool {
        guard pipeline.work.claim(until: deadline) else { return false }
        guard store.lock.lock(until: deadline) else {
            pipeline.work.release()
            return false
        }
        return true
    }

    func resumeInParent(_ hold: ForkHold) {
        lock.unlock()
        processFile.resumeInParent()
        watch.resumeInParent()
        plugins.resumeInParent()
        if hold.lists { uploader.lock.unlock() }
        if hold.calls { mailbox.lock.unlock() }
        if hold.pipeline {
            store.lock.unlock()
            pipeline.work.release()
        }
        if hold.uploader { uploader.work.release() }
    }

    func resumeInChild(_ hold: ForkHold) {
        lock.reinitialize()
        gate.startAfreshInChild()
        ending.reinitializeInChild()
        identityFile.reinitializeInChild()
        plugins.resumeInChild()
        watch.startAfreshInChild()
        processFile.startAfreshInChild()
        statistics.reinitializeInChild()
        consent.reinitializeInChild()
        pipeline.work.reinitialize()
        isPipelineStarted.store(false, ordering: .releasing)
        // A child of a spool-only child is one as well.
        isSpoolOnly = isSpoolOnly || !hold.pipeline || !hold.calls
        // What another thread of the parent was changing is left alone.
        let registrations =
            isSpoolOnly ? [] : pipeline.startAfreshInChild()
        isSpoolOnly ? store.forbidInChild() : store.startAfreshInChild()
        hold.calls ? mailbox.startAfreshInChild(registrations) : mailbox.closeInChild()
        uploader.startAfreshInChild(canDeliver: hold.uploader, hasLists: hold.lists)
    }
}
