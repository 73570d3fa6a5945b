// SPDX-License-Identifier: MIT
import Footfall

/// What is on the screen of the kiosk, and what is tracked of it.
struct Screen {
    private let analytics: Analytics

    init(_ analytics: Analytics) { self.analytics = analytics }

    /// A film for whoever passes by: it is nobody's session.
    func attract() {
        analytics.visitor.beginAttract()
        analytics.track(name: "Film Shown", properties: ["title": "Welcome"])
    }

    /// Somebody touches the screen: a visit begins, and the first event of it.
    func touch() {
        if analytics.visitor.id == nil { analytics.visitor.begin() }
        analytics.screen(title: "Home")
    }

    func buy(_ name: String) {
        analytics.track(name: "Order Completed", properties: ["product": .string(name), "total": 12.50])
    }

    /// A visitor who watches a film does not touch the screen.
    func film() {
        analytics.track(name: "Film Chosen")
        analytics.visitor.pauseIdle()
    }

    func filmIsOver() { analytics.visitor.resumeIdle() }

    func leave() { analytics.visitor.end(reason: .completed) }
}
