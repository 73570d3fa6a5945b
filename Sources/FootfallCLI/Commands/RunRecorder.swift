// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallJSON
import FootfallStore
import Glibc

/// Stores the two events of `footfall run`, on a thread of its own.
///
/// Each event has a client of its own, so the store is not open while the program runs. A problem is printed and has no
/// other effect.
final class RunRecorder: @unchecked Sendable {
    let name: String
    /// Becomes readable when everything is stored, or will not be. -1 when there is no descriptor.
    let finished = ftf_eventfd()
    private let ended = ftf_eventfd()
    private let options: EventArguments
    private let global: Globals
    private let id = UUIDv4.random().description
    private let lock = Lock()
    // Protected by lock:
    private var finish: Event?

    // The thread's own:
    private var members: JSONObject?
    private var said: String?
    private var hasShownWarnings = false

    init(name: String, _ options: EventArguments, _ global: Globals) {
        self.name = name
        self.options = options
        self.global = global
    }

    /// Starts the thread.
    ///
    /// - Parameter moment: When the program was started; `nil` when it was not.
    func begin(at moment: Moment? = nil) {
        let start = moment.map { Event(name: "Command Started", at: $0) }
        let argument = Unmanaged.passRetained(RecorderStart(recorder: self, start: start))
        let failed = ftf_thread_start("footfall-run", runRecorder, argument.toOpaque())
        guard failed != 0 else { return }
        argument.release()
        Console.complain("the run of \(name) is not recorded: \(String(cString: strerror(failed)))")
        ftf_eventfd_raise(finished)
    }

    /// The program ended. What is stored then makes ``finished`` readable.
    func end(_ end: ProgramRun.End, afterMilliseconds duration: Int64, at moment: Moment) {
        var event = Event(name: "Command Finished", at: moment)
        event.properties["durationMs"] = .int(duration)
        switch end {
        case .exited(let status): event.properties["exitStatus"] = .int(Int64(status))
        case .signal(let number): event.properties["signal"] = .string(String(cString: ftf_signal_name(number)))
        case .notStarted(let error):
            event.properties["exitStatus"] = .int(error == ENOENT ? 127 : 126)
            event.properties["error"] = .string(String(cString: strerror(error)))
        }
        lock.withLock { finish = event }
        ftf_eventfd_raise(ended)
    }

    /// The body of the thread.
    fileprivate func run(_ start: Event?) {
        if let start { store(start) }
        var last: Event?
        while last == nil {
            // Without a descriptor: ten times a second.
            _ = ftf_wait_readable_for(ended, ended < 0 ? 100_000_000 : Duration.seconds(3_600).nanoseconds)
            last = lock.withLock { finish }
        }
        if let last { store(last) }
        ftf_eventfd_raise(finished)
    }

    private func store(_ event: Event) {
        do {
            try record(event)
        } catch let exit as CommandExit {
            complain(exit.message)
        } catch {
            complain("\(error)")
        }
    }

    private func record(_ given: Event) throws {
        guard !StateLocation.isTrackingRefused else { return }
        var event = given
        // Read here: a file may be a pipe that is never written to.
        event.properties = try commonProperties()
        event.properties["name"] = .string(name)
        event.properties["run"] = .string(id)
        event.properties.merge(given.properties)
        event.userId = options.user
        try options.check(.track)
        try options.addContext(to: &event)
        var global = global
        global.quiet = global.quiet || hasShownWarnings
        hasShownWarnings = true
        let settings = try Settings(global).recording(noSession: options.noSession)
        let client = try Client(settings, global, undone: "nothing was stored")
        defer { client.close() }
        guard let unstored = try client.record(event) else { return }
        let isFault = unstored.reason == .tooLarge || unstored.reason == .invalid
        if isFault || !self.global.quiet { complain(unstored.sentence) }
    }

    private func commonProperties() throws -> JSONObject {
        if let members { return members }
        guard options.properties != "-", options.properties != "@-" else {
            throw CommandExit(.usage, "--properties: standard input is the program's; name a file as @FILE")
        }
        let read = try options.members()
        members = read
        return read
    }

    /// Prints a problem, unless it is that of the other event.
    private func complain(_ problem: String?) {
        guard let problem, problem != said else { return }
        said = problem
        Console.complain("the run of \(name) is not recorded: \(problem)")
    }
}

/// The argument of the thread, which releases it.
private final class RecorderStart {
    let recorder: RunRecorder
    let start: Event?

    init(recorder: RunRecorder, start: Event?) {
        self.recorder = recorder
        self.start = start
    }
}

/// A free function: a closure made in `main` would belong to the main actor, and trap here.
private func runRecorder(_ argument: UnsafeMutableRawPointer?) {
    guard let argument else { return }
    let start = Unmanaged<RecorderStart>.fromOpaque(argument).takeRetainedValue()
    start.recorder.run(start.start)
}
