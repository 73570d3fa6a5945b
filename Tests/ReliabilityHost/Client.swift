// SPDX-License-Identifier: MIT
import AmplitudeSession
import CSystem
import FileDestination
import Footfall
import Glibc
import LinuxLifecycle
import SegmentDestination
import WebhookDestination

/// The client that the arguments describe.
///
///     state=DIR  limit=MS  flushAt=N  interval=MS  ca=FILE  delivers=0
///     segment=URL  webhook=URL  file=PATH  hold  dieAt=N
///     proxy=URL  noProxy=HOSTS  slow=MS  age=SECONDS  size=BYTES  insecure  lifecycle
func makeClient(_ arguments: Arguments, holding: Holding? = nil, time: SimulatedTime? = nil) -> Analytics {
    let analytics = Analytics(
        configuration: Configuration(writeKey: "KEY")
            .clock(time?.clock ?? .system)
            .maximumEventAge(.seconds(arguments.number("age") ?? 90 * 86_400))
            .maximumStoreSize(arguments.number("size") ?? 64 << 20)
            .stateDirectory(arguments.text("state") ?? "")
            .trackApplicationLifecycleEvents(arguments.has("lifecycle"))
            .flushAt(arguments.number("flushAt") ?? 1_000_000)
            .flushInterval(.milliseconds(arguments.number("interval") ?? 0))
            .delivers(arguments.text("delivers") != "0")
            .certificateAuthorityFile(arguments.text("ca"))
            .proxy(arguments.text("proxy"), except: arguments.text("noProxy"))
            .errorHandler { say("error \($0.code.rawValue) \($0.message)") })
    if arguments.has("lifecycle") { analytics.add(plugin: LinuxLifecycle(observesLogind: false)) }
    if let holding { analytics.add(enrichment: holding.enrichment) }
    if let milliseconds = arguments.number("slow") { analytics.add(enrichment: takeTime(UInt32(milliseconds))) }
    if let number = arguments.number("dieAt") { analytics.add(enrichment: die(at: Int64(number))) }
    if arguments.has("numbered") { analytics.add(plugin: NumberEvents()) }
    analytics.add(plugin: AmplitudeSession(limit: .milliseconds(arguments.number("limit") ?? 1_800_000)))
    if let url = arguments.text("segment") {
        analytics.add(plugin: SegmentDestination(endpoint: url, allowsInsecure: arguments.has("insecure")))
    }
    if let url = arguments.text("webhook") { analytics.add(plugin: WebhookDestination(endpoint: url)) }
    if let path = arguments.text("file") { analytics.add(plugin: FileDestination(path: path)) }
    return analytics
}

extension Analytics {
    /// Tracks events whose messageId is `PREFIX-NUMBER`.
    func track(_ prefix: String, _ numbers: Range<Int>, _ after: (Int) -> Void = { _ in }) {
        for number in numbers {
            track(
                name: "Counted", properties: ["n": .int(Int64(number))],
                options: CallOptions(messageId: "\(prefix)-\(number)"))
            after(number)
        }
    }
}

/// A plugin that keeps the pipeline until it is told to go on.
final class Holding: Sendable {
    /// A read from it waits until ``letGo()``.
    private let (out, into): (Int32, Int32)
    /// Raised when a thread waits.
    private let held = ftf_eventfd()

    init() {
        var ends: [Int32] = [-1, -1]
        pipe(&ends)
        (out, into) = (ends[0], ends[1])
    }

    /// Waits until it keeps the pipeline; ten seconds at most.
    func waitUntilHeld() { _ = ftf_wait_readable_for(held, 10_000_000_000) }

    var enrichment: EnrichmentClosure {
        { [out, held] _ in
            ftf_eventfd_raise(held)
            var byte: UInt8 = 0
            while read(out, &byte, 1) < 0 {}
            return .keep
        }
    }

    /// From now on every event goes through: reading finds the end.
    func letGo() { close(into) }
}

/// Kills the process on the pipeline's thread, when it meets an event: at that
/// moment the spool has just switched files, or stands in the middle of one.
private func die(at number: Int64) -> EnrichmentClosure {
    { event in
        if event.properties["n"] == .int(number) { kill(getpid(), SIGKILL) }
        return .keep
    }
}

/// A plugin that keeps the pipeline for a while, with events that say so.
private func takeTime(_ milliseconds: UInt32) -> EnrichmentClosure {
    { event in
        if event.messageId.hasPrefix("held-") {
            say("held")
            usleep(milliseconds * 1_000)
        }
        return .keep
    }
}

/// Writes a line to the test.
func say(_ text: String) {
    let line = text + "\n"
    _ = line.withCString { write(1, $0, strlen($0)) }
}
