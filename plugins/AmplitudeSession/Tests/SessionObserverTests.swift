// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import TestSupport
import Testing

/// Notes sessions and visits.
private final class Watching: ObserverPlugin {
    let type = PluginType.utility
    private let notes: Guarded<[String]>

    init(_ notes: Guarded<[String]>) { self.notes = notes }

    func sessionChanged(id: Int64?) { notes.read { $0.append("session \(id.map { "\($0)" } ?? "-")") } }
    func visitChanged(id: String?, userId: String?) {
        notes.read { $0.append("visit \(id == nil ? "-" : "open") \(userId ?? "-")") }
    }
}

/// An observer hears of sessions and visits, also of those that another process began or ended.
@Suite struct SessionObserverTests: SessionBench {
    let directory = TemporaryDirectory()
    let time = TestClock(wall: begin)
    private let notes = Guarded<[String]>([])

    private func takeNotes() -> [String] {
        notes.read { list in
            defer { list = [] }
            return list
        }
    }

    @Test func hearsOfSessionsAndVisits() {
        let analytics = make()
        analytics.add(plugin: Watching(notes))
        store(analytics)
        #expect(takeNotes() == ["session -", "visit - -"])
        analytics.track(name: "A")
        store(analytics)
        #expect(takeNotes() == ["session \(begin)"])
        analytics.visitor.begin()
        analytics.identify(userId: "visitor")
        store(analytics)
        #expect(takeNotes().last == "visit open visitor")
        analytics.visitor.end()
        store(analytics)
        #expect(takeNotes() == ["session -", "visit - -"])
        #expect(analytics.close())
    }

    @Test func hearsOfAVisitThatAnotherProcessEnds() {
        let one = make()
        let other = make()
        one.add(plugin: Watching(notes))
        other.visitor.begin()
        other.track(name: "A")
        store(other)
        #expect(poll { notes.current.contains("visit open -") }, "\(notes.current)")
        other.visitor.end()
        store(other)
        #expect(poll { notes.current.last == "visit - -" }, "\(notes.current)")
        let told = takeNotes()
        #expect(told.count { $0 == "visit open -" } == 1)
        // A short session may begin and end between two looks at the store.
        let sessions = told.filter { $0.hasPrefix("session ") }
        #expect(sessions.last == "session -", "\(told)")
        #expect(zip(sessions, sessions.dropFirst()).allSatisfy { $0 != $1 }, "a call without a change: \(told)")
        #expect(one.close() && other.close())
    }
}
