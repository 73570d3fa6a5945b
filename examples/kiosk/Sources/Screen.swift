// SPDX-License-Identifier: MIT
import Footfall

/// The screen of the kiosk, and the events that it tracks.
struct Screen {
    private let analytics: Analytics

    init(_ analytics: Analytics) { self.analytics = analytics }

    /// Shows a film while there is no visitor. Its events belong to no session.
    func attract() {
        analytics.visitor.beginAttract()
        analytics.track(name: "Film Shown", properties: ["title": "Welcome"])
    }

    /// A visitor touches the screen: a visit begins, unless one is open.
    func touch() {
        if analytics.visitor.id == nil { analytics.visitor.begin() }
        analytics.screen(title: "Home")
    }

    func buy(_ name: String) {
        analytics.track(name: "Order Completed", properties: ["product": .string(name), "total": 12.50])
    }

    /// A visitor watches a film and does not touch the screen, so the idle timer is paused.
    func film() {
        analytics.track(name: "Film Chosen")
        analytics.visitor.pauseIdle()
    }

    func filmIsOver() { analytics.visitor.resumeIdle() }

    func leave() { analytics.visitor.end(reason: .completed) }
}
