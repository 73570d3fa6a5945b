// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Glibc
import TestSupport
import Testing

@testable import Footfall

/// Does not return from an event called `Block` before it is let go.
private final class Blocking: Plugin {
    let type: PluginType
    let name = "Blocking"
    let version: String? = "2.1"
    private let gate: Gate

    init(_ gate: Gate, _ type: PluginType = .enrichment) {
        self.gate = gate
        self.type = type
    }

    func execute(_ event: inout Event) -> Verdict {
        if event.event == "Block" { gate.pass() }
        return .keep
    }
}

/// Is shut until a test opens it.
private final class Gate: Sendable {
    private let ends: (out: Int32, into: Int32)
    let isReached = Guarded(false)

    init() {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0)
        self.ends = (ends[0], ends[1])
    }

    func pass() {
        isReached.read { $0 = true }
        var byte: UInt8 = 0
        while read(ends.out, &byte, 1) < 0 {}
    }

    func open() { close(ends.into) }
}

@Suite struct BlockedPluginTests {
    let directory = TemporaryDirectory()
    private let gate = Gate()
    private let errors = ErrorLog()
    private let clock = TestClock()

    private var configuration: Configuration { Configuration.test(directory, clock).errors(to: errors) }

    private var blocked: [BlockedPlugin] {
        get throws { try StoreStatus(Configuration.test(directory, clock)).blocked }
    }

    /// The files that name a plugin. Each client that has the store open has one that names its SQLite.
    private var namingFiles: [String] {
        get throws { try directory.names(in: "run").filter { try directory.text(of: "run/\($0)").has(#""plugin""#) } }
    }

    private func findings() -> [Doctor.Finding] {
        Doctor.examine(Configuration.test(directory, clock)).filter { $0.thing.hasPrefix("plugin") }
    }

    /// Has calls of the host look for some seconds.
    private func callFor(seconds: Int, _ analytics: Analytics) {
        for _ in 0..<seconds * 2 {
            clock.advance(.milliseconds(500))
            analytics.track(name: "Other")
        }
    }

    @Test func isNamedWhereNoThreadDelivers() throws {
        let analytics = Analytics(configuration: configuration, plugins: [Blocking(gate)])
        analytics.track(name: "Block")
        #expect(poll { gate.isReached.current })
        #expect(try blocked.isEmpty)
        callFor(seconds: 5, analytics)

        let found = try #require(try blocked.first)
        #expect(found.plugin == "Blocking" && found.version == "2.1" && found.source == "app:")
        #expect(found.process == Int64(getpid()) && found.until == nil && !found.isElsewhere)
        let finding = try #require(findings().first)
        #expect(finding.verdict == .wrong && finding.thing == "plugin Blocking", "\(finding)")
        #expect(errors.codes == [.pluginBlocked])
        #expect(errors.errors[0].message.hasPrefix("Blocking has not returned for "), "\(errors.errors[0])")

        gate.open()
        #expect(analytics.store(timeout: .seconds(20)) == nil)
        // It stays named for a minute.
        #expect(try poll { try blocked.first?.until != nil })
        #expect(findings().map(\.verdict) == [.notable])
        #expect(analytics.close())
        #expect(try blocked.isEmpty && namingFiles.isEmpty)
        #expect(errors.codes == [.pluginBlocked])
        #expect(analytics.counters.stored == 11)
    }

    @Test func isNamedByTheUploaderWithoutAnyFurtherCall() throws {
        let delivery = RecordingDelivery()
        let analytics = Analytics(
            configuration: configuration,
            plugins: [RecordingDestination(delivery), Blocking(gate)])
        analytics.track(name: "First")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        analytics.track(name: "Block")
        #expect(try poll { try blocked.first?.until == nil && !(try blocked).isEmpty })
        // The host is told once the file is written.
        #expect(poll { errors.codes == [.pluginBlocked] })
        gate.open()
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(analytics.close())
        #expect(delivery.names == ["First", "Block"])
    }

    @Test func isForgottenAMinuteAfterItReturned() throws {
        let analytics = Analytics(configuration: configuration, plugins: [Blocking(gate)])
        analytics.track(name: "Block")
        #expect(poll { gate.isReached.current })
        callFor(seconds: 5, analytics)
        gate.open()
        #expect(analytics.store(timeout: .seconds(20)) == nil)
        #expect(try poll { try blocked.first?.until != nil })
        clock.advance(.seconds(61))
        analytics.track(name: "Later")
        #expect(analytics.store(timeout: .seconds(20)) == nil)
        #expect(try namingFiles.isEmpty)
        #expect(analytics.close())
    }

    @Test func isNamedInEveryCallThatItGets() throws {
        final class SlowToConfigure: Plugin {
            let type = PluginType.utility
            private let gate: Gate
            init(_ gate: Gate) { self.gate = gate }
            func configure(analytics: Analytics) { gate.pass() }
        }
        let analytics = Analytics(configuration: configuration, plugins: [SlowToConfigure(gate)])
        #expect(poll { gate.isReached.current })
        callFor(seconds: 5, analytics)
        #expect(try blocked.map(\.plugin) == ["SlowToConfigure"])
        gate.open()
        #expect(analytics.close())
    }

    @Test func aClosureOfACallIsNamedAsOne() throws {
        let analytics = Analytics(configuration: configuration)
        analytics.track(
            name: "A",
            enrichments: [
                { [gate] _ in
                    gate.pass()
                    return .keep
                }
            ])
        #expect(poll { gate.isReached.current })
        callFor(seconds: 5, analytics)
        #expect(try blocked.map(\.plugin) == ["a closure of a call"])
        gate.open()
        #expect(analytics.close())
    }

    @Test func twoClientsOfAProcessAreBothNamed() throws {
        let other = Gate()
        let clients = [gate, other].map { gate in
            Analytics(configuration: configuration, plugins: [Blocking(gate)])
        }
        for client in clients { client.track(name: "Block") }
        #expect(poll { gate.isReached.current && other.isReached.current })
        for client in clients { callFor(seconds: 5, client) }
        #expect(try blocked.count == 2)
        gate.open()
        other.open()
        for client in clients { #expect(client.close()) }
        #expect(try namingFiles.isEmpty)
    }

    @Test func aProcessOfAnotherContainerIsNamedAsLongAsItsFileIsLocked() throws {
        mkdir(directory("run"), 0o700)
        // Its number says nothing here: this process may have the same.
        let number = getpid()
        let path = try directory.write(
            #"{"version":1,"plugin":"P","source":"app:","process":\#(number),"namespace":1,"since":1,"boot":"b"}"#,
            to: "run/1-\(number)")
        let descriptor = ftf_open(path, O_RDWR)
        #expect(ftf_lock_description(descriptor) == 0)
        let found = try #require(try blocked.first)
        #expect(found.isElsewhere && found.process == Int64(number))
        #expect(findings().first?.text.contains("process \(number) of another container") == true)
        // A start beside it leaves the file alone.
        let analytics = Analytics(configuration: configuration)
        analytics.track(name: "A")
        #expect(analytics.store(timeout: .seconds(20)) == nil)
        #expect(try blocked.count == 1)
        close(descriptor)
        #expect(try blocked.isEmpty)
        #expect(analytics.close())
    }

    @Test func aFileOfADeadProcessIsNotShownAndGoesWithTheNextStart() throws {
        mkdir(directory("run"), 0o700)
        let dead = #"{"version":1,"plugin":"P","source":"app:","process":7,"namespace":1,"since":1,"boot":"b"}"#
        for name in ["1-7", ".1-7", "1-7.2"] { try directory.write(dead, to: "run/\(name)") }
        // Files of others stay.
        for name in ["3fb0.run", "1-x", "-7", "1-7.", "note"] { try directory.write("", to: "run/\(name)") }
        #expect(try blocked.isEmpty)
        let analytics = Analytics(configuration: configuration)
        analytics.track(name: "A")
        #expect(analytics.store(timeout: .seconds(20)) == nil)
        #expect(
            try directory.names(in: "run").filter { !$0.hasSuffix("-\(getpid())") } == [
                "-7", "1-7.", "1-x", "3fb0.run", "note",
            ])
        #expect(analytics.close())
    }
}
