// SPDX-License-Identifier: MIT
import Footfall

/// Decides which lifecycle events happen. Pure: no clock, no timer, no store.
package struct LifecycleStateMachine: Sendable, Equatable {
    /// How the application is used.
    package enum State: Sendable, Equatable {
        /// In the foreground; also at first, until the host says otherwise.
        case active
        /// The application was left, but not yet for ``patience``.
        case leaving(since: Moment)
        /// The application was left for ``patience`` or longer.
        case background
        /// The application ended in order.
        case terminated
    }

    /// A lifecycle event and its moment.
    package enum Output: Sendable, Equatable {
        case backgrounded(at: Moment)
        case openedFromBackground(at: Moment)
        case foregrounded(at: Moment)
        case terminated(at: Moment)
    }

    /// How long the application must be left before it counts as in the background. A dialog
    /// or a flicker of the focus is shorter.
    package let patience: Duration
    package private(set) var state = State.active

    package init(patience: Duration = .seconds(1)) { self.patience = patience }

    /// When ``timeReached(at:)`` is due, in nanoseconds since boot; `Int64.max` for never.
    package var nextTime: Int64 {
        guard case .leaving(let since) = state else { return .max }
        let (time, overflow) = since.bootNanoseconds.addingReportingOverflow(patience.nanoseconds)
        return overflow ? .max : time
    }

    /// The host or logind reported a change.
    package mutating func application(_ change: ApplicationChange, at moment: Moment) -> [Output] {
        switch (change, state) {
        case (.willTerminate, .terminated): return []
        case (.willTerminate, let before):
            state = .terminated
            // Left just before, so the application ends in the background.
            if case .leaving(let since) = before { return [.backgrounded(at: since), .terminated(at: moment)] }
            return [.terminated(at: moment)]
        case (.willResignActive, .active):
            state = .leaving(since: moment)
            return []
        case (.willResignActive, _): return []
        case (.becameActive, .leaving(let since)):
            state = .active
            // On a busy machine this may come before the timer; the application was left all the same.
            guard moment.bootNanoseconds - since.bootNanoseconds >= patience.nanoseconds else { return [] }
            return [.backgrounded(at: since)] + opened(at: moment)
        case (.becameActive, .background):
            state = .active
            return opened(at: moment)
        case (.becameActive, _): return []
        }
    }

    /// The machine goes to sleep: the application is in the background without waiting.
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

    /// ``nextTime`` may be reached.
    package mutating func timeReached(at moment: Moment) -> [Output] {
        guard case .leaving(let since) = state, moment.bootNanoseconds >= nextTime else { return [] }
        state = .background
        return [.backgrounded(at: since)]
    }

    private func opened(at moment: Moment) -> [Output] {
        [.openedFromBackground(at: moment), .foregrounded(at: moment)]
    }
}
