// SPDX-License-Identifier: MIT
import Footfall
import FootfallTesting
import Glibc
import Testing

/// Each planted fault is found, by its rule; a plugin that keeps the rules has no finding.
@Suite struct PluginConformanceTests {
    private func rules<P: Plugin>(_ make: () -> sending P) -> [ConformanceRule] {
        PluginConformance.findings(make).map(\.rule)
    }

    @Test(arguments: PluginType.allCases.filter { $0 != .destination })
    func findsNothingInAPluginThatKeepsTheRules(_ type: PluginType) {
        #expect(PluginConformance.findings { Good(type) } == [])
    }

    @Test func findsAPluginThatKeepsEveryEvent() {
        let findings = PluginConformance.findings { Hoarder() }
        #expect(findings.map(\.rule) == [.keepsNoEvents])
        #expect(
            findings.first?.description
                == "Hoarder keeps events: 200 of 200 were in memory after they were stored; copy the values that you need, and bound how many you keep [keepsNoEvents]"
        )
    }

    @Test func findsAPluginThatKeepsTheLastEventOverAReset() { #expect(rules { Clinger() } == [.keepsNoEvents]) }

    @Test func lastEventMayBeKeptUntilAReset() { #expect(rules { Forgetter() } == []) }

    @Test func findsAPluginThatSleeps() {
        let findings = PluginConformance.findings { Sleeper() }
        #expect(findings.map(\.rule) == [.returnsSoon])
        #expect(findings.first?.description.contains("for the event Conformance Greeting") == true)
    }

    @Test func findsAPluginThatNeverReturns() {
        let findings = PluginConformance.findings { Hanger() }
        #expect(findings.map(\.rule) == [.returnsSoon])
        #expect(findings.first?.description.contains("the event Conformance Greeting") == true)
    }

    @Test func findsAPluginThatSleepsInShutdown() { #expect(rules { SlowEnder() } == [.returnsSoon]) }

    @Test func findsAPluginThatTracksInShutdown() { #expect(rules { LastWord() } == [.isSilentInShutdown]) }

    @Test func findsAPluginThatKeepsTheClient() { #expect(rules { Owner() } == [.letsGoOfClient]) }

    @Test(arguments: ["messageId", "type", "timestamp", "anonymousId", "no anonymousId"])
    func findsAPluginThatChangesWhoOrWhatAnEventIs(_ field: String) {
        #expect(rules { Changer(field) } == [.keepsIdentity])
    }

    @Test func aPluginMayReplaceAnAnonymousIdByThePseudonymOfIt() { #expect(rules { Changer("pseudonym") } == []) }

    @Test func findsAPluginThatAnswersItsOwnEvents() { #expect(rules { Echo() } == [.comesToRest]) }

    @Test func findsAPluginThatCallsWhatWaits() { #expect(rules { Waiter() } == [.callsNothingThatWaits]) }

    @Test func findsAPluginThatLeavesEventsWithoutAName() { #expect(rules { Eraser() } == [.keepsEventsValid]) }

    @Test func findsAPluginThatMakesEventsTooLarge() { #expect(rules { Inflater() } == [.keepsEventsValid]) }

    @Test func findsAPluginThatDropsEverything() {
        #expect(rules { Dropper(.enrichment) } == [.letsEventsPass])
        #expect(PluginConformance.findings(except: [.letsEventsPass]) { Dropper(.before) } == [])
    }

    @Test func findsAPluginBehindTheStoreThatDropsOrChanges() {
        #expect(rules { Dropper(.after) } == [.leavesStoredEvents])
        #expect(rules { Changer("context", .after) } == [.leavesStoredEvents])
    }

    @Test func findsAPluginThatAClientDoesNotTake() {
        let findings = PluginConformance.findings { Good(.destination) }
        #expect(findings.map(\.rule) == [.canBeAdded])
        #expect(findings.first?.description.contains("make it one") == true)
    }

    @Test func leavesNothingBehind() {
        let directories = Guarded<[String]>([])
        #expect(PluginConformance.findings { Visitor(directories) } == [])
        #expect(directories.current.count == 2)
        for path in directories.current { #expect(access(path, F_OK) != 0, "\(path) is still there") }
    }
}

// MARK: - Plugins with one fault each

private class Good: Plugin {
    let type: PluginType
    fileprivate weak var analytics: Analytics?
    init(_ type: PluginType) { self.type = type }
    func configure(analytics: Analytics) { self.analytics = analytics }
    func execute(_ event: inout Event) -> Verdict {
        if type != .after { event.context["good"] = true }
        return .keep
    }
    func shutdown() {}
}

/// Notes where its clients are.
private final class Visitor: Plugin {
    let type = PluginType.utility
    private let directories: Guarded<[String]>
    init(_ directories: Guarded<[String]>) { self.directories = directories }
    func configure(analytics: Analytics) {
        directories.read { $0.append(analytics.configuration.stateDirectory ?? "?") }
    }
}

private final class Hoarder: Plugin {
    let type = PluginType.enrichment
    private var events: [Event] = []
    func execute(_ event: inout Event) -> Verdict {
        events.append(event)
        return .keep
    }
}

private final class Clinger: Plugin {
    let type = PluginType.before
    private var last: Event?
    func execute(_ event: inout Event) -> Verdict {
        last = event
        return .keep
    }
}

private final class Forgetter: EventPlugin {
    let type = PluginType.enrichment
    private var last: Event?
    func track(_ event: inout Event) -> Verdict {
        last = event
        return .keep
    }
    func reset() { last = nil }
}

private final class Sleeper: Plugin {
    let type = PluginType.enrichment
    func execute(_ event: inout Event) -> Verdict {
        sleep(2)
        return .keep
    }
}

private final class Hanger: Plugin {
    let type = PluginType.before
    func execute(_ event: inout Event) -> Verdict {
        while true { sleep(1_000) }
    }
}

private final class SlowEnder: Plugin {
    let type = PluginType.utility
    func shutdown() { sleep(2) }
}

private final class LastWord: Plugin {
    let type = PluginType.enrichment
    private weak var analytics: Analytics?
    func configure(analytics: Analytics) { self.analytics = analytics }
    func shutdown() { analytics?.track(name: "Goodbye") }
}

private final class Owner: Plugin {
    let type = PluginType.enrichment
    private var analytics: Analytics?
    func configure(analytics: Analytics) { self.analytics = analytics }
}

private final class Changer: Plugin {
    let type: PluginType
    private let field: String
    private var number = 0
    init(_ field: String, _ type: PluginType = .enrichment) {
        self.field = field
        self.type = type
    }
    func execute(_ event: inout Event) -> Verdict {
        number += 1
        switch field {
        case "messageId": event.messageId = "m\(number)"
        case "type": event.type = .page
        case "timestamp": event.timestamp = Timestamp(milliseconds: 1)
        case "anonymousId": event.anonymousId = "a\(number)"
        case "no anonymousId": event.anonymousId = ""
        case "pseudonym": event.anonymousId = String(event.anonymousId.reversed())
        default: event.context["changed"] = true
        }
        return .keep
    }
}

private final class Echo: Plugin {
    let type = PluginType.enrichment
    private weak var analytics: Analytics?
    func configure(analytics: Analytics) { self.analytics = analytics }
    func execute(_ event: inout Event) -> Verdict {
        analytics?.track(name: "Echo")
        return .keep
    }
}

private final class Waiter: Plugin {
    let type = PluginType.enrichment
    private weak var analytics: Analytics?
    func configure(analytics: Analytics) { self.analytics = analytics }
    func execute(_ event: inout Event) -> Verdict {
        _ = analytics?.flush(timeout: .seconds(30))
        return .keep
    }
}

private final class Eraser: Plugin {
    let type = PluginType.enrichment
    func execute(_ event: inout Event) -> Verdict {
        event.event = nil
        return .keep
    }
}

private final class Inflater: Plugin {
    let type = PluginType.enrichment
    func execute(_ event: inout Event) -> Verdict {
        event.context["history"] = .string(String(repeating: "x", count: 40_000))
        return .keep
    }
}

private final class Dropper: Plugin {
    let type: PluginType
    init(_ type: PluginType) { self.type = type }
    func execute(_ event: inout Event) -> Verdict { .drop }
}
