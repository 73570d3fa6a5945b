// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@testable import AmplitudeActions

/// Texts that are not user agents, or meant to do harm.
struct UserAgentRobustnessTests {
    @Test(arguments: ["", " ", "\u{0}", "noise", "😀", "\u{FEFF}\u{2028}", "(", "~<[{'&"])
    func knowsNothingOfNoise(_ text: String) {
        #expect(UserAgent.parse(text) == UserAgent())
    }

    @Test func looksAtTheFirst255UnitsOnly() {
        let versions = [246, 247, 248, 249, 250].map { length in
            UserAgent.parse(String(repeating: "x", count: length) + " Edg/99.0").browserVersion
        }

        #expect(versions == ["99.0", "99.", "99", "9", nil])
        #expect(UserAgent.parse(String(repeating: "\u{1F600}", count: 125) + "Edg/9").browserVersion == "9")
        #expect(UserAgent.parse(String(repeating: "\u{1F600}", count: 126) + "Edg/9").browserVersion == nil)
    }

    @Test func trimsOnlyWhatIsTooLong() {
        let spaces = String(repeating: " ", count: 300)

        #expect(UserAgent.parse(spaces + "Edg/99.0" + spaces).browserVersion == "99.0")
        #expect(UserAgent.parse(spaces + "Firefox/99.0" + spaces).browserName == "Firefox")
        #expect(UserAgent.parse(" Firefox/99.0 ").browserName == nil)
    }

    @Test func parsesAMegabyte() {
        let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:91.0) Gecko/20100101 Firefox/91.0 "

        #expect(UserAgent.parse(String(repeating: agent, count: 15_000)).osName == "Linux")
        #expect(UserAgent.parse(String(repeating: " ", count: 1_000_000)) == UserAgent())
        #expect(UserAgent.parse(String(repeating: " ", count: 1_000_000) + agent).osName == "Linux")
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "opera ", "droid ; ", "windows nt ", "trident rv:1 like ", "mozilla (mobile; gecko ", "tb ", "ip os ", "a-",
            "/b",
            "[", "1", "version/1 mobile/a ", "hbbtv/1.1.1 (;a", "so-l ) chrome/",
        ])
    func takesBoundedStepsForHostileText(_ piece: String) {
        let text = String(repeating: piece, count: 256 / piece.utf8.count + 1)

        for length in stride(from: 1, through: 256, by: 5) { _ = UserAgent.parse(String(text.prefix(length))) }
    }

    /// A trap would end the tests.
    @Test func neverTrapsOnRandomBytes() {
        var generator = SplitMix64()
        let seeds = UserAgentBrowsersTests.cases.map(\.agent) + UserAgentDevicesTests.cases.map(\.agent)

        for round in 0..<1_000 {
            var bytes = round % 2 == 0 ? [] : Array(seeds[Int(generator.next() % UInt64(seeds.count))].utf8)
            for _ in 0..<Int(generator.next() % 40) {
                let place = Int(generator.next() % UInt64(bytes.count + 1))
                bytes.insert(UInt8(truncatingIfNeeded: generator.next()), at: place)
            }
            let text = String(decoding: bytes, as: UTF8.self)

            _ = UserAgent.parse(text)
        }
    }

    @Test func givesTheSameAnswerOnEveryThread() async {
        let agent = "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/118.0"
        let names = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<16 { group.addTask { UserAgent.parse(agent).osName } }
            return await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }

        #expect(names == ["Ubuntu"])
    }
}
