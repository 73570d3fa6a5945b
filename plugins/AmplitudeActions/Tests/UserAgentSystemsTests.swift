// SPDX-License-Identifier: MIT
import Testing

@testable import AmplitudeActions

/// The operating system of agents, in the words of ua-parser-js 0.7.28.
struct UserAgentSystemsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let agent: String
        let name: String?
        let version: String?

        init(_ agent: String, _ name: String?, _ version: String?) {
            self.agent = agent
            self.name = name
            self.version = version
        }

        var testDescription: String { agent }
    }

    @Test(arguments: cases) func namesTheOperatingSystem(_ expected: Case) {
        let result = UserAgent.parse(expected.agent)

        #expect(result.osName == expected.name)
        #expect(result.osVersion == expected.version)
    }

    static let cases: [Case] = [
        Case(
            "Mozilla/1.22 (compatible; MSIE 2.0; Windows 95)",
            "Windows", "95"),
        Case(
            "Mozilla/4.0 (compatible; MSIE 4.01; Windows 98)",
            "Windows", "98"),
        Case(
            "Mozilla/5.0 (Windows; U; Win 9x 4.90) Gecko/20020502 CS 2000 7.0/7.0",
            "Windows", "ME"),
        Case(
            "Mozilla/3.0 (compatible; MSIE 3.0; Windows NT 5.0)",
            "Windows", "2000"),
        Case(
            "Mozilla/5.0 (Windows; U; MSIE 7.0; Windows NT 5.2)",
            "Windows", "XP"),
        Case(
            "Mozilla/5.0 (compatible; MSIE 7.0; Windows NT 6.0; fr-FR)",
            "Windows", "Vista"),
        Case(
            "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.1; Trident/6.0)",
            "Windows", "7"),
        Case(
            "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)",
            "Windows", "8"),
        Case(
            "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; ARM; Trident/6.0)",
            "Windows", "RT"),
        Case(
            "Mozilla/5.0 (Windows NT 6.3; Win64; x64) Gecko",
            "Windows", "8.1"),
        Case(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko",
            "Windows", "10"),
        Case(
            "Mozilla/4.0 (compatible; MSIE 6.0; Windows CE; IEMobile 7.11)",
            "Windows", "CE"),
        Case(
            "Mozilla/4.0 (compatible; MSIE 7.0; Windows Phone OS 7.0; Trident/3.1; IEMobile/7.0; DELL; Venue Pro)",
            "Windows Phone OS", "7.0"),
        Case(
            "iTunes/10.7 (Windows; Microsoft Windows Vista Home Premium Edition) AppleWebKit/536.26.9",
            "Windows", "Vista"),
        Case(
            "Mozilla/5.0 (iPhone; U; CPU iPhone OS 5_1_1 like Mac OS X; en) AppleWebKit/534.46.0 (KHTML, like "
                + "Gecko) CriOS/19.0.1084.60 Mobile/9B206 Safari/7534.48.3",
            "iOS", "5.1.1"),
        Case(
            "Opera/9.80 (iPhone; Opera Mini/7.1.32694/27.1407; U; en) Presto/2.8.119 Version/11.10",
            "iOS", nil),
        Case(
            "MyApp/1 CFNetwork/1220.1 Darwin/20.3.0",
            "iOS", nil),
        Case(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_6_8) AppleWebKit/537.36 (KHTML, like Gecko) "
                + "Chrome/28.0.1500.95 Safari/537.36",
            "Mac OS", "10.6.8"),
        Case(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:84.0) Gecko/20100101 Firefox/84.0",
            "Mac OS", "10.15"),
        Case(
            "Mozilla/5.0 (Macintosh; U) Gecko",
            "Mac OS", nil),
        Case(
            "Mozilla/5.0 (Mobile; rv:14.0) Gecko/14.0 Firefox/14.0",
            "Firefox OS", nil),
        Case(
            "Mozilla/5.0 (X11; CrOS x86_64 13982.82.0) AppleWebKit/537.36 (KHTML, like Gecko) "
                + "Chrome/92.0.4515.157 Safari/537.36",
            "Chromium OS", "13982.82.0"),
        Case(
            "Mozilla/5.0 (X11; Fedora; Linux x86_64; rv:94.0) Gecko/20100101 Firefox/94.0",
            "Fedora", nil),
        Case(
            "Mozilla/5.0 (X11; U; Linux i686; en-US; rv:1.9) Gecko/2008 Ubuntu/8.04 (hardy)",
            "Ubuntu", "8.04"),
        Case(
            "Mozilla/5.0 (X11; Linux x86_64) Mint/19",
            "Mint", "19"),
        Case(
            "Mozilla/5.0 (X11; Arch Linux; Linux x86_64) X",
            "Arch", nil),
        Case(
            "Mozilla/5.0 (X11; U; Linux; rv:1.9) SUSE/3.0-1.2",
            "SUSE", "3.0-1.2"),
        Case(
            "Debian APT-HTTP/1.3 (1.6.12)",
            "Debian", "APT-HTTP"),
        Case(
            "Mozilla/5.0 (X11; FreeBSD amd64; rv:78.0) Gecko/20100101 Firefox/78.0",
            "FreeBSD", nil),
        Case(
            "Mozilla/5.0 (X11; OpenBSD 6.8) x",
            "OpenBSD", "6.8"),
        Case(
            "Mozilla/5.0 (X11; DragonFly 5.8; rv:78.0)",
            "DragonFly", "5.8"),
        Case(
            "Mozilla/5.0 (X11; SunOS i86pc; rv:78.0) Gecko/20100101 Firefox/78.0",
            "Solaris", "i86pc"),
        Case(
            "Mozilla/5.0 (X11; AIX 5.3; rv:1.7)",
            "AIX", "5."),
        Case(
            "Mozilla/5.0 (OS/2; Warp 4.5; rv:10.0)",
            "OS/2", nil),
        Case(
            "Mozilla/5.0 (Macintosh; Haiku R1 x86) x",
            "Haiku", "R1"),
        Case(
            "Mozilla/5.0 (Linux; Tizen 5.0) x",
            "Tizen", "5.0"),
        Case(
            "Mozilla/5.0 (Mobile; Nokia_8110_4G; rv:48.0) KAIOS/2.5",
            "KAIOS", "2.5"),
        Case(
            "Mozilla/5.0 (Web0S; Linux/SmartTV) WebAppManager rtTV",
            "webOS", "TV"),
        Case(
            "Mozilla/5.0 (hp-tablet; Linux; hpwOS/3.0.5; U; en-US) wOSBrowser/234.83",
            "webOS", "3.0.5"),
        Case(
            "Mozilla/5.0 (Symbian/3; Series60/5.2 NokiaN8-00)",
            "Symbian", "5.2"),
        Case(
            "Mozilla/5.0 (X11; Linux; U) Raspbian",
            "Raspbian", nil),
        Case(
            "UNIX thing",
            "UNIX", "thing"),
        Case(
            "Windows NT",
            "Windows", "NT"),
        Case(
            "Mozilla/5.0 (Fuchsia) x",
            "Fuchsia", nil),
    ]
}
