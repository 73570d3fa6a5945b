// SPDX-License-Identifier: MIT
import Footfall

/// The calls of a host: usual ones, and rare ones that are allowed.
enum SampleCalls {
    /// Makes each call once.
    static func make(on analytics: Analytics) {
        analytics.track(name: "Conformance Order", properties: ["total": 59.9, "currency": "EUR", "paid": true])
        analytics.identify(userId: "conformance-user", traits: ["plan": "guest", "email": "ada@example.com"])
        analytics.screen(title: "Conformance Screen", category: "Shop", properties: ["from": "door"])
        analytics.page(title: "Conformance Page", properties: ["url": "https://example.com/menu"])
        analytics.group(groupId: "conformance-group", traits: ["seats": 4])
        analytics.alias(newId: "conformance-user-2")
        makeRareOnes(on: analytics)
        analytics.applicationDidBecomeActive()
        analytics.applicationWillResignActive()
        analytics.startNewSession()
        analytics.endSession()
    }

    private static func makeRareOnes(on analytics: Analytics) {
        analytics.track(name: "Conformance Empty")
        analytics.track(
            name: "Conformance Numbers",
            properties: [
                "largest": .int(.max), "least": .int(.min), "tiny": .double(.leastNonzeroMagnitude), "nothing": .null,
            ])
        analytics.track(
            name: "Conformance Texts ☕️ \u{0}\u{202E}",
            properties: ["": "", "a.b[0]": "$", "text": .string(String(repeating: "ä€😀", count: 1_000))])
        var deep: JSON = "leaf"
        for _ in 0..<30 { deep = .array([.object(["inner": deep])]) }
        analytics.track(name: "Conformance Depth", properties: ["deep": deep, "list": [], "object": [:]])
        analytics.screen(title: "")
        analytics.identify(traits: ["plan": .null])
        analytics.track(
            name: "Conformance Earlier", options: CallOptions(timestamp: Timestamp(milliseconds: 1_600_000_000_000)))
        analytics.track(
            name: "Conformance Options",
            options: CallOptions(
                messageId: "conformance-message", anonymousId: "conformance-visitor", userId: "conformance-other",
                context: ["app": ["name": "Conformance"], "locale": 1], integrations: ["All": false, "Scratch": true],
                priority: .low, durability: .deferred))
        analytics.track(
            name: "Conformance Closure",
            enrichments: [
                {
                    $0.properties["closure"] = true; return .keep
                }
            ])
    }
}
