// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore
import Testing

@testable import Footfall

/// Whether events may be recorded: decided from the calls, and from what is read of the mark.
@Suite struct ConsentStateTests {
    private let now = Timestamp(milliseconds: 1_700_000_000_000)

    private func state(_ reading: ConsentFile.Reading = .recording(erasure: 0)) -> ConsentState {
        ConsentState(reading, identityErasure: 0, at: now)
    }

    @Test func staysSilentAfterAnOptOutThatTheDirectoryDidNotTake() {
        var state = state()
        state.optOut(.recording(erasure: 0), at: now)
        #expect(state.saw(.recording(erasure: 0), at: now) == .none)
        #expect(state.isOptedOut && state.isMarkDue)
    }

    @Test func aLookThatFailsChangesNothing() {
        var recording = state()
        #expect(recording.saw(.unreadable(24), at: now) == .none)
        #expect(!recording.isOptedOut)
        var silent = state(.optedOut(erasure: 5))
        #expect(silent.saw(.unreadable(24), at: now) == .none)
        #expect(silent.isOptedOut)
    }

    @Test func recordsNothingAtAStartThatCannotLook() {
        var state = state(.unreadable(13))
        #expect(state.isOptedOut && !state.isKnown)
        #expect(state.saw(.recording(erasure: 0), at: now) == .none)
        #expect(!state.isOptedOut)
    }

    @Test func erasesOnceWhenAnotherProgramOptsOut() {
        var state = state()
        #expect(state.saw(.optedOut(erasure: 7), at: now) == .erase)
        #expect(state.saw(.optedOut(erasure: 7), at: now) == .none)
        #expect(state.isOptedOut && state.erasure == 7)
        #expect(state.saw(.recording(erasure: 7), at: now) == .none, "it opts in: nothing more to erase")
        #expect(!state.isOptedOut)
    }

    @Test func erasesWhenAnOptOutWasTakenBackBetweenTwoLooks() {
        var state = state()
        #expect(state.saw(.recording(erasure: 7), at: now) == .erase)
        #expect(!state.isOptedOut)
        #expect(state.saw(store: 7) == .none)
        #expect(state.saw(store: 9) == .erase, "the store may know it first")
    }

    @Test func aDirectoryThatIsGoneTakesNoOptOutBack() {
        var state = state()
        state.optOut(.recording(erasure: 0), at: now)
        state.markWritten()
        #expect(state.saw(.recording(erasure: 0), at: now) == .none)
        #expect(state.isOptedOut)
        #expect(state.saw(.recording(erasure: state.erasure), at: now) == .none, "an opt-in leaves its number")
        #expect(!state.isOptedOut)
    }

    @Test func everyErasureHasAHigherNumber() {
        var state = state(.recording(erasure: 9_000_000_000))
        state.optOut(.recording(erasure: 9_000_000_000), at: now)
        #expect(state.erasure == 9_000_000_001)
        state.optIn()
        state.forget(.recording(erasure: 9_000_000_050), at: now)
        #expect(state.erasure == 9_000_000_051)
        var extreme = ConsentState(.recording(erasure: .max), identityErasure: 0, at: now)
        extreme.optOut(.recording(erasure: .max), at: now)
        #expect(extreme.erasure == .max)
    }

    @Test func givesANumberToTheMarkOfAnEarlierVersion() {
        var state = state(.optedOut(erasure: nil))
        #expect(state.isOptedOut && state.isNumberOwed && state.erasure == 1_700_000_000)
        var running = ConsentState(.recording(erasure: 0), identityErasure: 0, at: now)
        #expect(running.saw(.optedOut(erasure: nil), at: now) == .erase)
        #expect(running.isNumberOwed && running.erasure == 1_700_000_000)
        state.markWritten()
        #expect(!state.isNumberOwed)
        #expect(running.saw(.recording(erasure: 0), at: now) == .none, "the earlier version opted in")
        #expect(!running.isOptedOut && !running.isNumberOwed)
    }

    @Test func takesTheStoresNumberWhereTheFileWasLost() {
        var state = state()
        #expect(state.saw(store: 7) == .adopted, "an earlier version's opt-in removed it")
        #expect(state.erasure == 7)
    }
}
