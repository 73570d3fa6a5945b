// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import Glibc
import LinuxContext
import LinuxLifecycle

/// A kiosk without a screen. Each line of its input is an action of a visitor, and it
/// prints the events that it sends.
@main
struct Kiosk {
    static func main() {
        guard let options = Options(CommandLine.arguments.dropFirst()) else {
            print(Options.usage)
            exit(64)
        }
        let analytics = makeClient(options)
        let screen = Screen(analytics)
        screen.attract()
        while let line = readLine() {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            guard let verb = words.first else { continue }
            let rest = words.count > 1 ? words[1] : ""
            switch verb {
            case "attract": screen.attract()
            case "touch": screen.touch()
            case "buy": screen.buy(rest)
            case "film": screen.film()
            case "over": screen.filmIsOver()
            case "leave": screen.leave()
            case "sleep": analytics.applicationWillResignActive()
            case "wake": analytics.applicationDidBecomeActive()
            case "wait": wait(seconds: Double(rest) ?? 0)
            case "quit": return end(analytics)
            default: print("? \(verb): attract, touch, buy NAME, film, over, leave, sleep, wake, wait SECONDS, quit")
            }
        }
        end(analytics)
    }

    private static func makeClient(_ options: Options) -> Analytics {
        var configuration = Configuration(writeKey: "KIOSK")
            .application(id: "org.example.Kiosk", version: options.version, build: options.build)
            .trackApplicationLifecycleEvents(true)
            .flushAt(1)
            .errorHandler { print("! \($0)") }
        if let state = options.state { configuration = configuration.stateDirectory(state) }
        let analytics = Analytics(configuration: configuration)

        var sessions = SessionConfiguration.kiosk
        sessions.limit = .milliseconds(Int64(options.idle * 1_000))
        // To Amplitude alone otherwise; here they are to be seen.
        sessions.sendsMarkersToAll = true
        // The screen goes back to its film when a visitor is gone.
        let session = AmplitudeSession(configuration: sessions) { [weak analytics] end in
            print("  (the visit ended: \(end.reason.rawValue)\(end.hadInteraction ? "" : ", nothing was done"))")
            analytics?.visitor.beginAttract()
        }
        analytics.add(plugin: session)
        analytics.add(plugin: LinuxContext(deviceType: .kiosk))
        analytics.add(plugin: LinuxLifecycle())
        analytics.add(plugin: TerminationSignals())
        analytics.add(plugin: PrintingDestination())
        return analytics
    }

    private static func wait(seconds: Double) { usleep(UInt32(min(max(seconds, 0), 3_600) * 1_000_000)) }

    private static func end(_ analytics: Analytics) {
        analytics.applicationWillTerminate()
        _ = analytics.flush(timeout: .seconds(5))
        analytics.close()
    }
}
