// SPDX-License-Identifier: MIT
import FootfallJSON
import Testing

@Suite struct SuggestionTests {
    private let commands = [
        "track", "identify", "send", "flush", "status", "session", "destinations", "opt-out", "opt-in",
    ]

    @Test(
        arguments: [
            ("staus", "status"), ("stauts", "status"), ("STATUS", "status"), ("statuss", "status"), ("sned", "send"),
            ("sed", "send"), ("trakc", "track"), ("flsh", "flush"), ("destination", "destinations"),
            ("optout", "opt-out"), ("identfiy", "identify"),
        ])
    func findsTheWordThatWasMeant(_ word: String, _ meant: String) {
        #expect(Suggestion.nearest(to: word, among: commands) == meant)
    }

    @Test(arguments: ["", "x", "ls", "help", "zzzzzz", "statistics", "tack on more"])
    func suggestsNothingForAnotherWord(_ word: String) {
        #expect(Suggestion.nearest(to: word, among: commands) == nil)
    }

    @Test func prefersTheFirstOfTwoThatAreEquallyNear() {
        #expect(Suggestion.nearest(to: "opt-ot", among: ["opt-on", "opt-out", "opt-of"]) == "opt-on")
        #expect(Suggestion.nearest(to: "opt-ot", among: ["opt-out", "opt-on"]) == "opt-out")
        #expect(Suggestion.nearest(to: "flushat", among: ["flushAs", "flushAt"]) == "flushAt", "capitals do not count")
    }

    @Test func takesNoTimeForALongText() {
        let long = String(repeating: "status", count: 100_000)
        #expect(Suggestion.nearest(to: long, among: commands) == nil)
        #expect(Suggestion.nearest(to: "status", among: [long]) == nil)
    }

    @Test func asksOnlyWhereItKnowsAWord() {
        #expect(Suggestion.question(for: "staus", among: commands) == "; did you mean \"status\"?")
        #expect(Suggestion.question(for: "zzz", among: commands).isEmpty)
        #expect(Suggestion.nearest(to: "a", among: []) == nil)
    }
}
