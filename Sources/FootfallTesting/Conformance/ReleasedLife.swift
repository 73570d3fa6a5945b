// SPDX-License-Identifier: MIT
import Footfall

/// A plugin in a client that its host releases without closing it.
enum ReleasedLife {
    /// Lives, and tells what was found.
    static func findings<P: Plugin>(
        of plugin: sending P, _ kind: PluginKind, _ configuration: (Configuration) -> Configuration
    ) -> Findings {
        let directory = ScratchDirectory()
        let watch = Observations()
        var findings = Findings(of: kind.name)
        weak var released: Analytics?
        // The client must have no other owner here, so it is not a ScratchClient's.
        released = use(plugin, kind, watch, configuration(.scratch(directory)))
        if !Patience.wait(atMost: .seconds(5), { released == nil }) {
            findings.add(
                .letsGoOfClient, "keeps the client: it was released 5 s ago and still is in memory",
                cure: "declare `private weak var analytics: Analytics?`, and capture it weakly in closures")
            released?.close()
        } else if !Patience.wait({ watch.current.shutdowns > 0 }) {
            let method = watch.current.method?.name ?? "one of its methods"
            findings.add(
                .returnsSoon, "does not return from \(method)", cure: PluginConformance.cureOfWaiting)
        }
        _ = findings.addSlowest(of: watch)
        return findings
    }

    private static func use<P: Plugin>(
        _ plugin: sending P, _ kind: PluginKind, _ watch: Observations, _ configuration: Configuration
    ) -> Analytics? {
        let analytics = Analytics(configuration: configuration)
        kind.addProbe(.front, to: analytics, watch)
        analytics.add(plugin: plugin)
        kind.addProbe(.back, to: analytics, watch)
        analytics.track(name: "Conformance Greeting")
        _ = analytics.store(timeout: Patience.forEver)
        return analytics
    }
}
