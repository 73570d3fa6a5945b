// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import FootfallStore
import Glibc
import SegmentDestination
import TestSupport
import Testing

private let built: Int64 = 1_700_000_000_000

/// Two hosts over verified https, of which one may lie about the time.
@Suite struct WitnessTests {
    let state = TemporaryDirectory()

    /// A host: what it says the time is, and what events it got.
    private final class Host {
        let collector: Collector
        private let received = Guarded<[JSONObject]>([])

        /// - Parameter date: What it says; `nil` for the truth, which it says of itself.
        init(_ certificate: Certificate, date: String? = nil) throws {
            var settings = CollectorConfiguration()
            settings.certificate = certificate.pem
            if let date {
                let headers = [("Content-Type", "application/json"), ("Date", date)]
                settings.answer = { _, _ in .status(200, headers: headers, body: #"{"success":true}"#) }
            }
            let received = received
            collector = try Collector(settings) { batch in
                let events = (try? batch.events()) ?? []
                received.read { $0 += events.compactMap(\.objectValue) }
            }
        }

        deinit { collector.stop() }

        var events: [JSONObject] { received.current }
        var times: [Int64] {
            events.compactMap { $0["timestamp"]?.stringValue.flatMap { Timestamp($0) }?.milliseconds }
        }
        var marks: Set<String> {
            Set(events.compactMap { $0["context"]?.objectValue?["clock"]?.stringValue })
        }
        func url(_ name: String) -> String { "https://\(name):\(collector.port)/v1/b" }
    }

    /// Tracks and flushes a few times: one destination at `127.0.0.1`, one at `localhost`.
    private func deliver(
        _ clock: TestClock, _ certificate: Certificate, _ first: Host, _ second: Host? = nil, rounds: Int = 5,
        between: (TestClock) -> Void = { _ in }
    ) -> [FootfallError] {
        let told = Guarded<[FootfallError]>([])
        let analytics = Analytics(
            configuration: Configuration.test(state, clock).certificateAuthorityFile(certificate.file)
                .errorHandler { error in told.read { $0.append(error) } })
        analytics.add(
            plugin: SegmentDestination(name: "one", endpoint: first.url("127.0.0.1"), writeKey: "KEY"))
        if let second {
            analytics.add(
                plugin: SegmentDestination(name: "two", endpoint: second.url("localhost"), writeKey: "KEY"))
        }
        for _ in 0..<rounds {
            for _ in 0..<10 { analytics.track(name: "A") }
            #expect(analytics.flush(timeout: .seconds(20)).queued == 0)
            between(clock)
        }
        #expect(analytics.close())
        return told.current
    }

    private func doctor(_ clock: TestClock) -> Doctor.Finding? {
        Doctor.examine(.test(state, clock)).first { $0.thing == "clock" }
    }

    private var now: Int64 { SystemClock.system.wall().milliseconds }

    private func isNow(_ times: [Int64]) -> Bool { times.allSatisfy { abs($0 - now) < 700_000 } }

    @Test(arguments: ["Sun, 01 Jan 2040 00:00:00 GMT", "Thu, 01 Jan 2099 00:00:00 GMT"])
    func aServerThatLiesMovesNoTime(_ date: String) throws {
        let folder = TemporaryDirectory()
        let certificate = try Certificate(folder)
        let (liar, honest) = (try Host(certificate, date: date), try Host(certificate))
        let clock = TestClock(wall: now, notBefore: built)
        let told = deliver(clock, certificate, liar, honest)
        #expect(honest.times.count == 50 && isNow(honest.times), "\(honest.times)")
        #expect(honest.marks.isEmpty, "the boot is believed")
        #expect(!told.contains { $0.code == .clockCorrected })
        let clocks = try inspect(state) { try $0.clocks.all() }
        #expect(clocks.allSatisfy { $0.truth == nil }, "\(clocks)")
        guard date.contains("2040") else { return }
        #expect(told.count { $0.code == .clockDisputed } == 1, "\(told)")
        let finding = try #require(doctor(clock))
        #expect(
            finding.text.contains("127.0.0.1 says that it is 2040-01-01") && finding.text.contains("localhost says"))
    }

    @Test func theOnlyHostMovesABelievedBootNotBeforeAnHourHasPassed() throws {
        let folder = TemporaryDirectory()
        let certificate = try Certificate(folder)
        let honest = try Host(certificate)
        // The battery of its clock is empty: two years back, and nobody sees that.
        let clock = TestClock(wall: now - 2 * 365 * 86_400_000, notBefore: built - 365 * 86_400_000)
        let told = deliver(clock, certificate, honest, rounds: 3)
        #expect(!told.contains { $0.code == .clockCorrected } && !isNow(honest.times))
    }

    @Test func twoHostsThatAgreeMoveABelievedBoot() throws {
        let folder = TemporaryDirectory()
        let certificate = try Certificate(folder)
        let (one, two) = (try Host(certificate), try Host(certificate))
        let clock = TestClock(wall: now - 2 * 365 * 86_400_000, notBefore: built - 365 * 86_400_000)
        _ = deliver(clock, certificate, one, two, rounds: 3)
        #expect(isNow(one.times.suffix(10)) && isNow(two.times.suffix(10)), "\(one.times)")
    }

    @Test func aBootOf1970IsMovedWhenBothHostsAgree() throws {
        let folder = TemporaryDirectory()
        let certificate = try Certificate(folder)
        let (one, two) = (try Host(certificate), try Host(certificate))
        _ = deliver(TestClock(wall: 5_000, notBefore: built), certificate, one, two)
        #expect(one.times.count == 50 && isNow(one.times + two.times), "\(one.times)")
        #expect(one.marks.isEmpty && two.marks.isEmpty)
    }

    @Test func aBootOf1970IsMovedWhenTheSecondHostIsGone() throws {
        let folder = TemporaryDirectory()
        let certificate = try Certificate(folder)
        let one = try Host(certificate)
        let clock = TestClock(wall: 5_000, notBefore: built)
        let analytics = Analytics(
            configuration: Configuration.test(state, clock).certificateAuthorityFile(certificate.file))
        analytics.add(plugin: SegmentDestination(name: "one", endpoint: one.url("127.0.0.1"), writeKey: "KEY"))
        analytics.add(plugin: SegmentDestination(name: "two", endpoint: "https://localhost:1/v1/b", writeKey: "KEY"))
        analytics.track(name: "A")
        _ = analytics.flush(timeout: .seconds(2))
        #expect(one.times.count == 1 && isNow(one.times), "\(one.times)")
        #expect(analytics.close())
    }

    @Test func aBootOf1970StaysEstimatedWhenTheHostsContradictEachOther() throws {
        let folder = TemporaryDirectory()
        let certificate = try Certificate(folder)
        let liar = try Host(certificate, date: "Sun, 01 Jan 2040 00:00:00 GMT")
        let honest = try Host(certificate)
        let clock = TestClock(wall: 5_000, notBefore: built)
        let told = deliver(clock, certificate, liar, honest)
        #expect(honest.times.count == 50 && honest.times.allSatisfy { $0 == 5_000 }, "\(honest.times)")
        #expect(honest.marks == ["estimated"])
        #expect(!told.contains { $0.code == .clockCorrected })
        let text = try #require(doctor(clock)).text
        #expect(text.contains("127.0.0.1 says") && text.contains("localhost says"), "\(text)")
    }

    @Test func aBelievedBootIsEstimatedWhenEachHostSaysSomethingElse() throws {
        let folder = TemporaryDirectory()
        let certificate = try Certificate(folder)
        let (one, honest) = (try Host(certificate, date: "Sun, 01 Jan 2040 00:00:00 GMT"), try Host(certificate))
        // Two years back: plausible, and confirmed by nobody.
        let wall = now - 2 * 365 * 86_400_000
        let clock = TestClock(wall: wall, notBefore: built - 365 * 86_400_000)
        _ = deliver(clock, certificate, one, honest)
        #expect(honest.times.count == 50 && honest.times.allSatisfy { $0 == wall }, "\(honest.times)")
        let marks = honest.events.map { $0["context"]?.objectValue?["clock"] }
        #expect(marks.suffix(30).allSatisfy { $0 == "estimated" }, "once both were heard")
        #expect(try inspect(state) { try $0.clocks.all() }.allSatisfy { $0.truth == nil })
        #expect(doctor(clock)?.text.contains("127.0.0.1 says") == true)
    }

    @Test(arguments: [true, false]) func noServerMovesAnythingWhileTheKernelIsSynchronised(_ isSynchronized: Bool)
        throws
    {
        let folder = TemporaryDirectory()
        let certificate = try Certificate(folder)
        // The only host, two hours ahead: whoever is not synchronised believes it the second time.
        let liar = try Host(certificate, date: httpDate(now + 7_200_000))
        let clock = TestClock(wall: now, notBefore: built)
        clock.synchronize(isSynchronized)
        _ = deliver(clock, certificate, liar)
        let clocks = try inspect(state) { try $0.clocks.all() }
        #expect(clocks.allSatisfy { $0.truth == nil } == isSynchronized, "\(clocks)")
        let text = try #require(doctor(clock)).text
        #expect(text.contains("time service") == isSynchronized, "\(text)")
    }

    private func httpDate(_ milliseconds: Int64) -> String {
        var seconds = time_t(milliseconds / 1_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 64)
        let count = strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
        return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    @Test func theKernelMovesABootOf1970WithoutAnyServer() throws {
        let clock = TestClock(wall: 5_000, notBefore: built)
        let analytics = Analytics(configuration: .test(state, clock))
        let delivery = RecordingDelivery()
        analytics.add(plugin: RecordingDestination(delivery))
        analytics.track(name: "A")
        clock.advance(.seconds(600))
        // The time service has an answer.
        clock.step(.milliseconds(now - clock.wall))
        clock.synchronize(true)
        analytics.track(name: "B")
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(analytics.close())
        let times = delivery.bodies.compactMap { $0["timestamp"]?.stringValue.flatMap { Timestamp($0) }?.milliseconds }
        #expect(times.count == 2 && isNow(times), "\(times)")
        #expect(abs(times[1] - times[0] - 600_000) < 2_000)
        #expect(delivery.bodies.allSatisfy { $0["context"]?.objectValue?["clock"] == nil })
    }
}
