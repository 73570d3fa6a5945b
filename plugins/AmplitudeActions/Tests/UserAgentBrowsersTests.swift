// SPDX-License-Identifier: MIT
import Testing

@testable import AmplitudeActions

/// The browser of agents of each family, in the words of ua-parser-js 0.7.28.
struct UserAgentBrowsersTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let agent: String
        let name: String?
        let version: String?
        let major: String?

        init(_ agent: String, _ name: String?, _ version: String?, _ major: String?) {
            self.agent = agent
            self.name = name
            self.version = version
            self.major = major
        }

        var testDescription: String { agent }
    }

    @Test(arguments: cases) func namesTheBrowserAndItsVersion(_ expected: Case) {
        let result = UserAgent.parse(expected.agent)

        #expect(result.browserName == expected.name)
        #expect(result.browserVersion == expected.version)
        #expect(result.browserMajorVersion == expected.major)
    }

    static let cases: [Case] = [
        Case(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/116.0.0.0 Safari/537.36",
            "Chrome", "116.0.0.0", "116"),
        Case(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/116.0.0.0 "
                + "Safari/537.36 Edg/116.0.1938.69",
            "Edge", "116.0.1938.69", "116"),
        Case(
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/64.0.3282.140 "
                + "Safari/537.36 Edge/18.17763",
            "Edge", "18.17763", "18"),
        Case(
            "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; AS; rv:11.0) like Gecko",
            "IE", "11.0", "11"),
        Case(
            "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0)",
            "IE", "8.0", "8"),
        Case(
            "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/118.0",
            "Firefox", "118.0", "118"),
        Case(
            "Mozilla/5.0 (X11; Linux x86_64; rv:91.0) Gecko/20100101 Firefox/91.0",
            "Firefox", "91.0", "91"),
        Case(
            "Mozilla/5.0 (X11; Linux i686; rv:60.9) Gecko/20100101 Firefox/60.9 PaleMoon/28.9.3",
            "PaleMoon", "28.9.3", "28"),
        Case(
            "Mozilla/5.0 (X11; Linux x86_64; rv:78.0) Gecko/20100101 Firefox/78.0 Something Else/3.1",
            "Firefox", "78.0", "78"),
        Case(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                + "Version/16.1 Safari/605.1.15",
            "Safari", "16.1", "16"),
        Case(
            "Mozilla/5.0 (Macintosh; U; PPC Mac OS X; en) AppleWebKit/312.1 (KHTML, like Gecko) Safari/312",
            "Safari", "1.3", "1"),
        Case(
            "Mozilla/5.0 (Macintosh; U; PPC Mac OS X; en) AppleWebKit/418 (KHTML, like Gecko) Safari/417.9.2",
            "Safari", "2.0.3", "2"),
        Case(
            "Mozilla/5.0 (Macintosh; U; PPC Mac OS X; en) AppleWebKit/420 (KHTML, like Gecko) Safari/420",
            "Safari", nil, nil),
        Case(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.0 "
                + "Safari/605.1.15 Epiphany/605.1.15",
            "Epiphany", "605.1.15", "605"),
        Case(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/91.0.4472.77 "
                + "Safari/537.36 OPR/77.0.4054.90",
            "Opera", "77.0.4054.90", "77"),
        Case(
            "Opera/9.80 (X11; Linux i686; Ubuntu/14.10) Presto/2.12.388 Version/12.16",
            "Opera", "12.16", "12"),
        Case(
            "Opera/9.80 (Android 4.1.2; Linux; Opera Mobi/ADR-1305251841) Presto/2.11.355 Version/12.10",
            "Opera Mobi", "12.10", "12"),
        Case(
            "Opera/9.80 (J2ME/MIDP; Opera Mini/9.80 (S60; SymbOS; Opera Mobi/23.348; U; en) Presto/2.5.25 "
                + "Version/10.54",
            "Opera Mini", "9.80", "9"),
        Case(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 14_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                + "CriOS/88.0.4324.152 Mobile/15E148 Safari/604.1",
            "Chrome", "88.0.4324.152", "88"),
        Case(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 14_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                + "FxiOS/32.0 Mobile/15E148 Safari/605.1.15",
            "Firefox", "32.0", "32"),
        Case(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 14_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                + "GSA/148.0.357 Mobile/15E148 Safari/604.1",
            "GSA", "148.0.357", "148"),
        Case(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 14_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                + "Mobile/15E148 [FBAN/FBIOS;FBAV/305.0.0.41;FBBV/1]",
            "Facebook", "305.0.0.41", "305"),
        Case(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 14_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                + "Mobile/15E148 Instagram 172.0.0.21.123",
            "Instagram", "172.0.0.21.123", "172"),
        Case(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 14_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                + "Mobile/15E148 MicroMessenger/8.0.1(0x18000129) NetType/WIFI",
            "WeChat", "8.0.1", "8"),
        Case(
            "Mozilla/5.0 (Linux; Android 9; SM-G960F Build/PPR1.180610.011; wv) AppleWebKit/537.36 (KHTML, like "
                + "Gecko) Version/4.0 Chrome/74.0.3729.157 Mobile Safari/537.36",
            "Chrome WebView", "74.0.3729.157", "74"),
        Case(
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
                + "Chrome/74.0.0.0 Safari/537.36",
            "Android Browser", "4.0", "4"),
        Case(
            "Mozilla/5.0 (Linux; U; Android 4.0.4; en-us; GT-I9100) AppleWebKit/534.30 (KHTML, like Gecko) "
                + "Version/4.0 Mobile Safari/534.30",
            "Android Browser", "4.0", "4"),
        Case(
            "Mozilla/5.0 (Linux; Android 9; SAMSUNG SM-G973F) AppleWebKit/537.36 (KHTML, like Gecko) "
                + "SamsungBrowser/10.1 Chrome/71.0.3578.99 Mobile Safari/537.36",
            "Samsung Browser", "10.1", "10"),
        Case(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/90.0.4430.72 "
                + "Safari/537.36",
            "Chrome Headless", "90.0.4430.72", "90"),
        Case(
            "Mozilla/5.0 (X11; Ubuntu; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Ubuntu "
                + "Chromium/83.0.4103.61 Chrome/83.0.4103.61 Safari/537.36",
            "Chromium", "83.0.4103.61", "83"),
        Case(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) app/1.0.0 "
                + "Chrome/89.0.4389.128 Electron/12.0.9 Safari/537.36",
            "Electron", "12.0.9", "12"),
        Case(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/89.0.4389.90 "
                + "YaBrowser/21.3.0 Safari/537.36",
            "Yandex", "21.3.0", "21"),
        Case(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/89.0.4389.90 "
                + "Safari/537.36 Vivaldi/3.7",
            "Vivaldi", "3.7", "3"),
        Case(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/89.0.4389.90 "
                + "Safari/537.36 Avast/89.0",
            "Avast Secure Browser", "89.0", "89"),
        Case(
            "Mozilla/5.0 (X11; Linux) AppleWebKit/537.21 (KHTML, like Gecko) konqueror/4.14.26 Safari/537.21",
            "Konqueror", "4.14.26", "4"),
        Case(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) Falkon/3.1.0 QtWebEngine/5.15 "
                + "Safari/538.1",
            "Falkon", "3.1.0", "3"),
        Case(
            "Mozilla/5.0 (Windows; U; Windows NT 5.1) Gecko/20030516 Mozilla Firebird/0.6",
            "Firebird", "0.6", "0"),
        Case(
            "Mozilla/5.0 (X11; U; Linux i686; en-US; rv:1.9.1) Gecko/20090701 Ubuntu/9.04",
            "Mozilla", "5.0", "5"),
        Case(
            "Lynx/2.8.9rel.1 libwww-FM/2.14 SSL-MM/1.4.1 GNUTLS/3.6.13",
            "Lynx", "2.8.9rel.1", "2"),
        Case(
            "Links (2.21; Linux 5.4.0 x86_64; GNU C 9.3; text)",
            "Links", "2.21", "2"),
        Case(
            "w3m/0.5.3+git20200502",
            "w3m", "0.5.3", "0"),
        Case(
            "Mozilla/5.0 (X11; GNU/Linux) AppleWebKit/537.36 (KHTML, like Gecko) Chromium/75.0.3770.100 "
                + "Chrome/75.0.3770.100 Safari/537.36 Tesla/2020.16.2.1-e99c70fff409",
            "Tesla", "2020.16.2.1-e99c70fff409", "2020"),
        Case(
            "curl/7.68.0",
            nil, nil, nil),
        Case(
            "FootfallKiosk/1.2 (Linux)",
            nil, nil, nil),
        Case(
            "noise",
            nil, nil, nil),
    ]
}
