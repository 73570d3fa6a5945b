// SPDX-License-Identifier: MIT
import Footfall

/// Decides which lifecycle events happen. Pure: no clock, no timer, no store.
package struct LifecycleStateMachine: Sendable, Equatable {
    /// Where the application is.
    package enum State: Sendable, Equatable {
        /// In use, or not said yet.
        case active
        /// It was left; whether for long is not known yet.
        case leaving(since: Moment)
        case background
        /// It said that it ends.
        case terminated
    }

    /// What happens.
    package enum Output: Sendable, Equatable {
        case backgrounded(at: Moment)
        case openedFromBackground(at: Moment)
        case foregrounded(at: Moment)
        case terminated(at: Moment)
    }

    /// How long the application must be left: a dialog or a flicker of the focus
    /// is shorter.
    package let patience: Duration
    package private(set) var state = State.active

    package init(patience: Duration = .seconds(1)) { self.patience = patience }

    /// When time decides; nanoseconds since boot, `Int64.max` for never.
    package var nextTime: Int64 {
        guard case .leaving(let since) = state else { return .max }
        let (time, overflow) = since.bootNanoseconds.addingReportingOverflow(patience.nanoseconds)
        return overflow ? .max : time
    }

    /// The host said something.
    package mutating func application(_ change: ApplicationChange, at moment: Moment) -> [Output] {
        switch (change, state) {
        case (.willTerminate, .terminated): return []
        case (.willTerminate, let before):
            state = .terminated
            // Left just before: then it ends in the background.
            if case .leaving(let since) = before { return [.backgrounded(at: since), .terminated(at: moment)] }
            return [.terminated(at: moment)]
        case (.willResignActive, .active):
            state = .leaving(since: moment)
            return []
        case (.willResignActive, _): return []
        case (.becameActive, .leaving(let since)):
            state = .active
            // The timer comes late on a busy machine; what it would have said still holds.
            guard moment.bootNanoseconds - since.bootNanoseconds >= patience.nanoseconds else { return [] }
            return [.backgrounded(at: since)] + opened(at: moment)
        case (.becameActive, .background):
            state = .active
            return opened(at: moment)
        case (.becameActive, _): return []
        }
    }

    /// Nothing is waited for: the machine goes to sleep.
    package mutating func leaveAtOnce(at moment: Moment) -> [Output] {
        switch state {
        case .active:
            state = .background
            return [.backgrounded(at: moment)]
        case .leaving(let since):
            state = .background
            return [.backgrounded(at: since)]
        case .background, .terminated: return []
        }
    }

    /// Time passed.
    package mutating func timeReached(at moment: Moment) -> [Output] {
        guard case .leaving(let since) = state, moment.bootNanoseconds >= nextTime else { return [] }
        state = .background
        return [.backgrounded(at: since)]
    }

    private func opened(at moment: Moment) -> [Output] {
        [.openedFromBackground(at: moment), .foregrounded(at: moment)]
    }
}
