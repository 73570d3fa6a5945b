// SPDX-License-Identifier: MIT
import Footfall
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
        private let server: TestCollector

        /// - Parameter date: What it says; `nil` for the truth, which it says of itself.
        init(_ certificate: Certificate, date: String? = nil) throws {
            server = try TestCollector { settings in
                settings.certificate = certificate.pem
                guard let date else { return }
                let headers = [("Content-Type", "application/json"), ("Date", date)]
                settings.answer = { _, _ in .status(200, headers: headers, body: #"{"success":true}"#) }
            }
        }

        var events: [JSONObject] { get throws { try server.events } }
        var times: [Int64] {
            get throws {
                try events.compactMap { $0["timestamp"]?.stringValue.flatMap { Timestamp($0) }?.milliseconds }
            }
        }
        var marks: Set<String> {
            get throws { Set(try events.compactMap { $0["context"]?.objectValue?["clock"]?.stringValue }) }
        }
        func url(_ name: String) -> String { "https://\(name):\(server.collector.port)/v1/b" }
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
        let times = try honest.times
        #expect(times.count == 50 && isNow(times), "\(times)")
        #expect(try honest.marks.isEmpty, "the boot is believed")
        #expect(!told.contains { $0.code == .clockCorrected })
        let clocks = try inspect(state) { try $0.clocks.all() }
        #expect(!clocks.isEmpty && clocks.allSatisfy { $0.truth == nil }, "\(clocks)")
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
        // The battery of its clock is empty: the clock is two years back, which is plausible.
        let clock = TestClock(wall: now - 2 * 365 * 86_400_000, notBefore: built - 365 * 86_400_000)
        let told = deliver(clock, certificate, honest, rounds: 3)
        #expect(try !told.contains { $0.code == .clockCorrected } && !isNow(honest.times))
    }

    @Test func twoHostsThatAgreeMoveABelievedBoot() throws {
        let folder = TemporaryDirectory()
        let certificate = try Certificate(folder)
        let (one, two) = (try Host(certificate), try Host(certificate))
        let clock = TestClock(wall: now - 2 * 365 * 86_400_000, notBefore: built - 365 * 86_400_000)
        _ = deliver(clock, certificate, one, two, rounds: 3)
        let (first, second) = (try one.times, try two.times)
        #expect(first.count == 30 && isNow(first.suffix(10)), "\(first)")
        #expect(second.count == 30 && isNow(second.suffix(10)), "\(second)")
    }

    @Test func aBootOf1970IsMovedWhenBothHostsAgree() throws {
        let folder = TemporaryDirectory()
        let certificate = try Certificate(folder)
        let (one, two) = (try Host(certificate), try Host(certificate))
        _ = deliver(TestClock(wall: 5_000, notBefore: built), certificate, one, two)
        let times = (first: try one.times, second: try two.times)
        #expect(times.first.count == 50 && isNow(times.first + times.second), "\(times)")
        #expect(try one.marks.isEmpty && two.marks.isEmpty)
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
        let times = try one.times
        #expect(times.count == 1 && isNow(times), "\(times)")
        #expect(analytics.close())
    }

    @Test func aBootOf1970StaysEstimatedWhenTheHostsContradictEachOther() throws {
        let folder = TemporaryDirectory()
        let certificate = try Certificate(folder)
        let liar = try Host(certificate, date: "Sun, 01 Jan 2040 00:00:00 GMT")
        let honest = try Host(certificate)
        let clock = TestClock(wall: 5_000, notBefore: built)
        let told = deliver(clock, certificate, liar, honest)
        let times = try honest.times
        #expect(times.count == 50 && times.allSatisfy { $0 == 5_000 }, "\(times)")
        #expect(try honest.marks == ["estimated"])
        #expect(!told.contains { $0.code == .clockCorrected })
        let text = try #require(doctor(clock)).text
        #expect(text.contains("127.0.0.1 says") && text.contains("localhost says"), "\(text)")
    }

    @Test func aBelievedBootIsEstimatedWhenEachHostSaysSomethingElse() throws {
        let folder = TemporaryDirectory()
        let certificate = try Certificate(folder)
        let (one, honest) = (try Host(certificate, date: "Sun, 01 Jan 2040 00:00:00 GMT"), try Host(certificate))
        // Two years back: plausible, and no host confirms it.
        let wall = now - 2 * 365 * 86_400_000
        let clock = TestClock(wall: wall, notBefore: built - 365 * 86_400_000)
        _ = deliver(clock, certificate, one, honest)
        let times = try honest.times
        #expect(times.count == 50 && times.allSatisfy { $0 == wall }, "\(times)")
        let marks = try honest.events.map { $0["context"]?.objectValue?["clock"] }
        #expect(marks.suffix(30).allSatisfy { $0 == "estimated" }, "once both were heard")
        let clocks = try inspect(state) { try $0.clocks.all() }
        #expect(!clocks.isEmpty && clocks.allSatisfy { $0.truth == nil }, "\(clocks)")
        #expect(doctor(clock)?.text.contains("127.0.0.1 says") == true)
    }

    @Test(arguments: [true, false]) func noServerMovesAnythingWhileTheKernelIsSynchronised(_ isSynchronized: Bool)
        throws
    {
        let folder = TemporaryDirectory()
        let certificate = try Certificate(folder)
        // The only host, two hours ahead: a client without a synchronised clock believes it the second time.
        let liar = try Host(certificate, date: httpDate(now + 7_200_000))
        let clock = TestClock(wall: now, notBefore: built)
        clock.synchronize(isSynchronized)
        _ = deliver(clock, certificate, liar)
        let clocks = try inspect(state) { try $0.clocks.all() }
        #expect(!clocks.isEmpty && clocks.allSatisfy { $0.truth == nil } == isSynchronized, "\(clocks)")
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
