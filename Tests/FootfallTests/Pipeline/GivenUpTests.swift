// SPDX-License-Identifier: MIT
import Glibc
import TestSupport
import Testing

@testable import Footfall

/// A caller whose time is over hears that its event is not stored, and repeats it.
@Suite struct GivenUpTests {
    let directory = TemporaryDirectory()
    /// The pipeline is in the event `slow`, and may leave it.
    private let entered = Signal()
    private let leave = Signal()

    private func make() -> Analytics {
        let analytics = Analytics(configuration: .test(directory))
        analytics.add { [entered, leave] event in
            guard event.event == "slow" else { return .keep }
            entered.raise()
            _ = leave.wait()
            return .keep
        }
        return analytics
    }

    private func event(_ name: String) -> Event {
        var event = Event(type: .track, timestamp: Timestamp(milliseconds: 0))
        event.event = name
        return event
    }

    private func names() throws -> [String] { try storedEvents(directory).compactMap { $0["event"]?.stringValue } }

    @Test func storesNoEventThatWasGivenUpBeforeItsTurn() throws {
        let analytics = make()
        analytics.track(name: "slow")
        #expect(entered.wait())
        guard case .failed(.overdue) = analytics.record(event("B"), timeout: .milliseconds(1)) else {
            Issue.record("its time is not over")
            return
        }
        leave.raise()
        #expect(analytics.close())
        #expect(try names() == ["slow"])
    }

    @Test func storesNoEventThatWasGivenUpBeforeItsCommit() throws {
        let analytics = make()
        let reply = Reply<BatchReport>()
        let stamped = analytics.runtime.mailbox.stamp([event("slow")])
        let isPosted = analytics.runtime.post(.store(stamped, mayEvict: true, reply))
        #expect(isPosted)
        #expect(entered.wait())
        #expect(reply.giveUp() == nil)
        leave.raise()
        analytics.track(name: "later")
        #expect(analytics.close())
        #expect(try names() == ["later"])
        #expect(reply.current?.error == .overdue)
    }

    @Test func aCallerWhoseCommitHasBegunHearsOfItsEnd() throws {
        let reply = Reply<Int>()
        #expect(reply.makeCertain() && reply.makeCertain(), "a second attempt")
        let heard = Guarded<Int?>(nil)
        let (waits, done) = (Signal(), Signal())
        startThread {
            waits.raise()
            heard.read { $0 = reply.giveUp() }
            done.raise()
        }
        #expect(waits.wait())
        reply.fulfil(7)
        #expect(done.wait())
        #expect(heard.current == 7)
        #expect(!reply.isGivenUp)
    }

    @Test func aReplyThatIsGivenUpIsNeverMadeCertain() {
        let late = Reply<Int>()
        #expect(late.giveUp() == nil)
        #expect(late.isGivenUp && !late.makeCertain())
        let early = Reply<Int>()
        early.fulfil(1)
        #expect(early.giveUp() == 1, "it came in the last moment")
    }
}
