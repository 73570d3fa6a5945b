// SPDX-License-Identifier: MIT
import Testing

@testable import AmplitudeActions

/// The notation of patterns, one rule of it at a time.
struct UserAgentPatternTests {
    @Test(arguments: [
        ("abc/1.0", "xABC/1.0", true),
        ("abc/1.0", "abc/1x0", false),
        ("a b", "a\tb", true),
        ("a~ b", "a\tb", false),
        ("a b", "a\u{A0}b", true),
        ("#@%", "1_é", true),
        ("#@%", "1_\n", false),
        ("#@%", "1é_", false),
        ("~(a~)", "(a)", true),
        ("[a-c#-]x", "-x", true),
        ("[a-c#-]x", "dx", false),
        ("[^;]x", ";x", false),
        ("[^;]x", "éx", true),
        ("(ab|cd)e", "cde", true),
        ("xa{2,3}x", "xax", false),
        ("xa{2,3}x", "xaaax", true),
        ("xa{2,3}x", "xaaaax", false),
        ("xa{2}x", "xaax", true),
        ("a(=b)", "ab", true),
        ("a(=b)", "ac", false),
        ("a(!b)", "ac", true),
        ("a(!b)", "ab", false),
        ("'ab'", "x ab/", true),
        ("'ab'", "xab", false),
        ("ab$", "abab", true),
        ("ab$", "aba", false),
        ("(a?)*b", "aaab", true),
        ("(a*)*c", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", false),
    ])
    func findsThePattern(_ notation: String, _ text: String, _ expected: Bool) throws {
        let pattern = try #require(AgentPattern(notation))
        var matcher = AgentMatcher(AgentText(text))
        let found = matcher.match(pattern)

        #expect((found != nil) == expected)
    }

    @Test(arguments: [
        ("<n:a+>", "baac", "aa"),
        ("<n:a+?>", "baac", "a"),
        ("<n:%+>/", "a/b/c", "a/b"),
        ("<n:%+?>/", "a/b/c", "a"),
        ("<n:opera|opera mini>", "opera mini", "opera"),
        ("<n:a#>*", "a1a2", "a2"),
        ("<n:Ab>", "xaB", "aB"),
        ("; <n:@+> build/hm&", "; 2013 Build/HM2013", "2013"),
        ("x<n:a>?", "x", nil),
        ("x<n:[^;]*>", "xé😀;", "é😀"),
    ])
    func capturesWhatIsInside(_ notation: String, _ text: String, _ expected: String?) throws {
        let pattern = try #require(AgentPattern(notation))
        var matcher = AgentMatcher(AgentText(text))
        let found = matcher.match(pattern)
        let marks = try #require(found)

        #expect(matcher.capture(0, of: marks) == expected)
    }

    @Test(arguments: [
        "(", ")", "<n:a", "<z:a>", "<n", "[a", "a{", "a{x}", "a{1", "*", "a|+", "~", "<n:a><v:b><m:c>",
        "a{99999999999999999999}",
    ])
    func refusesWrongNotation(_ notation: String) {
        #expect(AgentPattern(notation) == nil)
    }

    @Test func everyPatternOfTheTablesCompiles() {
        let tables = [AgentTables.browsers, AgentTables.devices, AgentTables.operatingSystems]

        for rule in tables.joined() {
            #expect(rule.mistakes.isEmpty)
            #expect(!rule.patterns.isEmpty)
        }
    }
}
