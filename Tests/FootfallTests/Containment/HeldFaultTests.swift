// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore
import Glibc
import TestSupport
import Testing

@_spi(System) @testable import Footfall

private final class Unknown: UnknownPlugin {
    let type = PluginType.before
    let name = "Weather"
    func execute(_ event: inout Event) -> Verdict { .drop }
}

/// Makes an event of its own at the start.
private final class Starting: Plugin, StartPlugin {
    let type = PluginType.enrichment
    let storedKeys: [String] = []
    private let bytes: Int
    init(bytes: Int = 0) { self.bytes = bytes }
    func start(_ values: [String: String], at moment: Moment) -> PluginStart {
        let text = JSON.string(String(repeating: "x", count: bytes))
        return PluginStart(events: [Event(name: "Own", properties: ["x": text], at: moment)])
    }
}

/// The plugin that the events wait for. It notes them, and whether there was a mark beside a file meanwhile.
private final class Weather: Plugin {
    let type = PluginType.before
    private let base: String
    private let notes: Guarded<[String]>
    init(_ notes: Guarded<[String]>, besides base: String = "") { (self.notes, self.base) = (notes, base) }
    func execute(_ event: inout Event) -> Verdict {
        notes.read { $0.append("\(event.event ?? "")\(StrikeFile.hasMark(base) ? " marked" : "")") }
        return .keep
    }
}

/// What damage, other processes and large events do to the events that wait.
@Suite struct HeldFaultTests {
    let directory = TemporaryDirectory()
    private let notes = Guarded<[String]>([])
    private var state: StateDirectory { StateDirectory(path: directory.path) }

    private func run(
        _ names: [String] = [], _ plugins: sending [any Plugin], role: Configuration.Role = .app,
        errors: ErrorLog = ErrorLog()
    ) throws {
        let analytics = Analytics(
            configuration: Configuration.test(directory).role(role).errors(to: errors), plugins: plugins)
        for name in names { analytics.track(name: name) }
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(analytics.close())
    }

    private func held(_ reason: SpoolHeader.Reason) -> Int {
        HeldEvents.all(in: state).filter { $0.reason == reason }.reduce(0) { $0 + $1.events }
    }

    private func dropped(_ reason: String) throws -> Int64 {
        try inspect(directory) { try $0.counters.value("dropped.\(reason)") }
    }

    /// Two deaths at a record, or more, long after a start.
    private func leaveDeaths(_ count: Int, beside base: String, _ record: Int64) throws {
        for _ in 0..<count {
            let file = try StrikeFile(base)
            try file.settle()
            try file.mark(
                PluginMark(
                    kind: .record, sequence: record, plugin: "Weather", token: .random(in: 1 ... .max),
                    age: 1_000_000_000_000, wall: 0, boot: 0, bootID: 0))
        }
    }

    // MARK: - Damage

    @Test(arguments: ["empty", "garbage", "directory", "full directory", "link"])
    func aDamagedFileDelaysNoSpool(_ what: String) throws {
        try state.create()
        var spools: [String] = []
        for name in ["A", "B"] {
            let spool = try Spool(directory: state.spools, source: "app:", bootID: "boot")
            var event = Event(type: .track, timestamp: Timestamp(milliseconds: 1), anonymousId: "dead")
            event.event = name
            try spool.append(event.record(1), sequence: 1)
            spools.append(spool.id)
            spool.abandon()
        }
        try state.createHeld()
        for spool in spools {
            let name = "held/\(HeldFile.id(origin: spool, plugin: "Weather", reason: .unknown)).lock"
            switch what {
            case "empty": _ = try directory.write("", to: name)
            case "garbage": _ = try directory.write("{", to: name)
            case "link": symlink("/etc/hostname", directory(name))
            default:
                mkdir(directory(name), 0o700)
                if what == "full directory" { _ = try directory.write("", to: "\(name)/x") }
            }
        }
        let errors = ErrorLog()
        try run(["C"], [Unknown()], errors: errors)
        #expect(held(.unknown) == 3)
        #expect(errors.codes == [.eventHeld])
        #expect(try directory.names(in: "spool").isEmpty)
        try run([], [Weather(notes)])
        #expect(notes.current.sorted() == ["A", "B", "C"])
    }

    @Test func aPluginsEventThatCannotBeHeldIsDroppedAndTheHostIsTold() throws {
        try state.create()
        _ = try directory.write("", to: "held")
        let errors = ErrorLog()
        try run([], [Unknown(), Starting()], errors: errors)
        let error = try #require(errors.errors.first { $0.code == .storeUnavailable })
        #expect(error.message.contains("dropped") && !error.message.contains("again"), "\(error)")
        #expect(try dropped("overflow") == 1)
    }

    // MARK: - Large events

    @Test func aPluginsEventThatIsTooLargeIsDropped() throws {
        let errors = ErrorLog()
        try run(["A"], [Unknown(), Starting(bytes: 2 << 20)], errors: errors)
        #expect(held(.unknown) == 1)
        #expect(try dropped("tooLarge") == 1)
        #expect(errors.codes.contains(.eventTooLarge))
        try run([], [Weather(notes)])
        #expect(notes.current == ["A"])
        #expect(try dropped("damaged") == 0)
    }

    @Test func anEventThatAClosureMadeTooLargeIsDropped() throws {
        let errors = ErrorLog()
        let analytics = Analytics(
            configuration: Configuration.test(directory).errors(to: errors), plugins: [Unknown()])
        let grow: EnrichmentClosure = { event in
            event.properties["x"] = .string(String(repeating: "x", count: 2 << 20))
            return .keep
        }
        analytics.track(name: "A", enrichments: [grow])
        analytics.track(name: "B")
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(analytics.close())
        #expect(held(.unknown) == 1)
        #expect(try dropped("tooLarge") == 1)
        #expect(errors.codes.contains(.eventTooLarge))
    }

    // MARK: - Commands

    @Test func aCommandMarksTheHeldEventsThatItTakesUp() throws {
        try run(["A"], [Unknown()], role: .command)
        let file = try #require(HeldFile.all(in: state.held).first)
        try run(["B"], [Weather(notes, besides: "\(state.held)/\(file.id)")], role: .command)
        #expect(notes.current == ["A marked", "B"])
        #expect(try directory.files().filter { $0.hasSuffix(".strikes") } == [])
    }

    @Test func aHeldEventThatKillsCommandsLeavesTheChain() throws {
        try run(["A", "B"], [Unknown()], role: .command)
        let file = try #require(HeldFile.all(in: state.held).first)
        var numbers: [Int64] = []
        try file.forEach { number, _ in numbers.append(number) }
        try leaveDeaths(2, beside: "\(state.held)/\(file.id)", numbers[0])
        let errors = ErrorLog()
        try run(["C"], [Weather(notes)], role: .command, errors: errors)
        #expect(notes.current == ["B", "C"])
        #expect(held(.poison) == 1 && held(.unknown) == 0)
        #expect(errors.codes == [.eventHeld])
        try run(["D"], [Weather(notes)], role: .command)
        #expect(notes.current == ["B", "C", "D"])
    }
}
