// SPDX-License-Identifier: MIT
import Testing

@testable import AmplitudeActions

/// The device of agents of each vendor and kind, in the words of ua-parser-js 0.7.28.
struct UserAgentDevicesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let agent: String
        let vendor: String?
        let model: String?
        let kind: String?

        init(_ agent: String, _ vendor: String?, _ model: String?, _ kind: String?) {
            self.agent = agent
            self.vendor = vendor
            self.model = model
            self.kind = kind
        }

        var testDescription: String { agent }
    }

    @Test(arguments: cases) func namesTheDevice(_ expected: Case) {
        let result = UserAgent.parse(expected.agent)

        #expect(result.deviceVendor == expected.vendor)
        #expect(result.deviceModel == expected.model)
        #expect(result.deviceType == expected.kind)
    }

    static let cases: [Case] = [
        Case(
            "Mozilla/5.0 (Linux; Android 11; Pixel 5) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/90.0.4430.91 "
                + "Mobile Safari/537.36",
            "Google", "Pixel 5", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; Android 12; Pixel 6 Pro) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/100.0.0.0 "
                + "Mobile Safari/537.36",
            nil, "Pixel 6 Pro", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; Android 8.1.0; Pixel C) AppleWebKit/537.36 (KHTML, like Gecko) "
                + "Chrome/68.0.3440.91 Safari/537.36",
            "Google", "Pixel C", "tablet"),
        Case(
            "Mozilla/5.0 (Linux; Android 13; SM-S901B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/112.0.0.0 "
                + "Mobile Safari/537.36",
            "Samsung", "SM-S901B", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; Android 9; SM-T720) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/88.0.4324.181 "
                + "Safari/537.36",
            "Samsung", "SM-T720", "tablet"),
        Case(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 9_1 like Mac OS X) AppleWebKit/601.1.46 (KHTML, like Gecko) "
                + "Version/9.0 Mobile/13B143 Safari/601.1",
            "Apple", "iPhone", "mobile"),
        Case(
            "Mozilla/5.0 (iPod touch; CPU iPhone OS 7_0_4 like Mac OS X) AppleWebKit/537.51.1 (KHTML, like Gecko) "
                + "Version/7.0 Mobile/11B554a Safari/9537.53",
            "Apple", "iPod touch", "mobile"),
        Case(
            "Mozilla/5.0 (iPad; CPU OS 13_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                + "Version/13.0.4 Mobile/15E148 Safari/604.1",
            "Apple", "iPad", "tablet"),
        Case(
            "Mozilla/5.0 (Linux; Android 9; ANE-LX1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/86.0.4240.198 "
                + "Mobile Safari/537.36",
            "Huawei", "ANE-LX1", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; Android 10; ELE-L29) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/86.0.4240.198 "
                + "Mobile Safari/537.36",
            "Huawei", "ELE-L29", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; Android 8.0.0; AGS2-W09) AppleWebKit/537.36 (KHTML, like Gecko) "
                + "Chrome/86.0.4240.198 Safari/537.36",
            "Huawei", "AGS2-W09", "tablet"),
        Case(
            "Mozilla/5.0 (Linux; Android 10; Redmi Note 8 Pro) AppleWebKit/537.36 (KHTML, like Gecko) "
                + "Chrome/86.0.4240.198 Mobile Safari/537.36",
            "Xiaomi", "Redmi Note 8 Pro", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; Android 4.4.4; MI NOTE LTE Build/KTU84P) AppleWebKit/537.36 (KHTML, like Gecko) "
                + "Chrome/46.0.2490.76 Mobile Safari/537.36",
            "Xiaomi", "MI NOTE LTE", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; U; Android 4.2.2; en-US; 2013023 Build/HM2013023) AppleWebKit/533.1 (KHTML, like "
                + "Gecko) Version/4.0 UCBrowser/10.0.1.512 U3/0.8.0 Mobile Safari/533.1",
            "Xiaomi", "2013023", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; U; Android 4.4.4; en-us; MI PAD Build/KTU84P) AppleWebKit/537.36 (KHTML, like "
                + "Gecko) Version/4.0 Mobile Safari/537.36",
            nil, "MI PAD", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; Android 10; POCO F1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/86.0 Mobile "
                + "Safari/537.36",
            "Xiaomi", "POCO F1", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; Android 9; CPH1923) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/86.0 Mobile "
                + "Safari/537.36",
            "OPPO", "CPH1923", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; Android 10; vivo 1904) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/86.0 Mobile "
                + "Safari/537.36",
            "Vivo", "1904", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; Android 10; RMX1971 Build/QKQ1) AppleWebKit/537.36 (KHTML, like Gecko) "
                + "Chrome/86.0 Mobile Safari/537.36",
            "Realme", "RMX1971", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; Android 10; moto g(7) power) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/86.0 "
                + "Mobile Safari/537.36",
            "Motorola", "moto g(7) power", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; U; Android 2.3; xx-xx; DROID RAZR 4G Build/6.5.1) AppleWebKit/533.1 (KHTML, like "
                + "Gecko) Version/4.0 Mobile Safari/533.1",
            "Motorola", "DROID RAZR 4G", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; Android 4.2.1; Nexus 4 Build/JOP40D) AppleWebKit/535.19 (KHTML, like Gecko) "
                + "Chrome/18.0.1025.166 Mobile Safari/535.19",
            "LG", "Nexus 4", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; Android 4.4.2; Nexus 7 Build/KOT49H) AppleWebKit/537.36 (KHTML, like Gecko) "
                + "Chrome/32.0.1700.99 Safari/537.36",
            "ASUS", "Nexus 7", "tablet"),
        Case(
            "Mozilla/5.0 (Linux; Android 5.0; Nexus 9 Build/LRX21R) AppleWebKit/537.36 (KHTML, like Gecko) "
                + "Chrome/36.0.1985.143 Mobile Crosswalk/7.36.154.13 Safari/537.36",
            "HTC", "Nexus 9", "tablet"),
        Case(
            "Mozilla/5.0 (Linux; Android 5.0.2; VK810 Build/LRX22G) AppleWebKit/537.36 (KHTML, like Gecko) "
                + "Chrome/86.0 Safari/537.36",
            "LG", "VK810", "tablet"),
        Case(
            "Mozilla/5.0 (Linux; Android 9; LM-Q720) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/86.0 Mobile "
                + "Safari/537.36",
            nil, "LM-Q720", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; Android 9; Lenovo TB-X505F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/86.0 "
                + "Safari/537.36",
            "Lenovo", "TB-X505F", "tablet"),
        Case(
            "Nokia303/14.87 CLDC-1.1",
            "Nokia", "303", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; Android 10; Nokia 7.2) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/86.0 Mobile "
                + "Safari/537.36",
            "Nokia", "7.2", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; Android 4.3; C5303 Build/12.1.A.1.205) AppleWebKit/537.36 (KHTML, like Gecko) "
                + "Chrome/39.0.2171.93 Mobile Safari/537.36",
            "Sony", "C5303", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; U; Android 3.1; Sony Tablet S Build/THMAS10000) AppleWebKit/534.13 (KHTML, like "
                + "Gecko) Version/4.0 Safari/534.13",
            "Sony", "Xperia Tablet", "tablet"),
        Case(
            "Mozilla/5.0 (Linux; Android 4.4.4; A0001 Build/KTU84Q) AppleWebKit/537.36 (KHTML, like Gecko) "
                + "Chrome/39.0.2171.59 Mobile Safari/537.36",
            "OnePlus", "1", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; Android 9; ONEPLUS A6013) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/86.0 "
                + "Mobile Safari/537.36",
            "OnePlus", "A6013", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; U; Android 4.0.3; en-us; KFTT Build/IML74K) AppleWebKit/535.19 (KHTML, like "
                + "Gecko) Silk/3.4 Mobile Safari/535.19 Silk-Accelerated=true",
            "Amazon", "KFTT", "tablet"),
        Case(
            "Mozilla/5.0 (PlayBook; U; RIM Tablet OS 2.1.0; en-US) AppleWebKit/536.2+ (KHTML, like Gecko) "
                + "Version/7.2.1.0 Safari/536.2+",
            "RIM", "PlayBook", "tablet"),
        Case(
            "Mozilla/5.0 (BB10; Touch) AppleWebKit/537.3+ (KHTML, like Gecko) Version/10.0.9.386 Mobile "
                + "Safari/537.3+",
            "BlackBerry", "Touch", "mobile"),
        Case(
            "BlackBerry9300/5.0.0.912 Profile/MIDP-2.1 Configuration/CLDC-1.1 VendorID/378",
            "BlackBerry", "9300", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; U; Android 2.2; en-us; HTC_Desire_A8181 Build/FRF91) AppleWebKit/533.1 (KHTML, "
                + "like Gecko) Version/4.0 Mobile Safari/533.1",
            "HTC", "Desire A8181", "mobile"),
        Case(
            "Mozilla/5.0 (Windows Phone 10.0; Android 4.2.1; Microsoft; Lumia 950) AppleWebKit/537.36 (KHTML, "
                + "like Gecko) Chrome/46.0.2486.0 Mobile Safari/537.36 Edge/13.10586",
            "Microsoft", "Lumia 950", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; Android 10; FP3 Build/QKQ1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/86.0 "
                + "Mobile Safari/537.36",
            "Fairphone", "FP3", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; Android 4.4; Y88 Build/KOT49H) AppleWebKit/537.36 (KHTML, like Gecko) "
                + "Chrome/86.0 Safari/537.36",
            "Dragon Touch", nil, "tablet"),
        Case(
            "Mozilla/5.0 (PlayStation 4 3.00) AppleWebKit/537.73 (KHTML, like Gecko)",
            "Sony", "PlayStation 4", "console"),
        Case(
            "Mozilla/5.0 (Nintendo Switch; WifiWebAuthApplet) AppleWebKit/601.6 (KHTML, like Gecko) NF/4.0.0.5.10 "
                + "NintendoBrowser/5.1.0.13343",
            "Nintendo", "Switch", "console"),
        Case(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One) AppleWebKit/537.36 (KHTML, like Gecko) "
                + "Chrome/58.0.3029.110 Safari/537.36 Edge/16.16299",
            "Microsoft", "Xbox One", "console"),
        Case(
            "HbbTV/1.1.1 (;;;;;) Maple;2011",
            "Samsung", "SmartTV2011", "smarttv"),
        Case(
            "HbbTV/1.1.1 (;Samsung;SmartTV2012;;;) WebKit",
            "Samsung", "SmartTV2012", "smarttv"),
        Case(
            "Opera/9.80 HbbTV/1.1.1 (; Philips; ; ; ; ) NETTV/4.0.2; en) Version/11.60",
            "Philips", "", "smarttv"),
        Case(
            "Mozilla/5.0 (SMART-TV; Linux; Tizen 2.3) AppleWebkit/538.1 (KHTML, like Gecko) SamsungBrowser/1.0 TV "
                + "Safari/538.1",
            "Samsung", nil, "smarttv"),
        Case(
            "Mozilla/5.0 (CrKey armv7l 1.5.16041) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/31.0.1650.0 "
                + "Safari/537.36",
            "Google", "Chromecast", "smarttv"),
        Case(
            "AppleTV6,2/11.1",
            "Apple", "Apple TV", "smarttv"),
        Case(
            "Mozilla/5.0 (Linux; Android 5.1.1; AFTT Build/LVY48F) AppleWebKit/537.36 (KHTML, like Gecko) "
                + "Chrome/41.0 Mobile Safari/537.36",
            "Amazon", "T", "smarttv"),
        Case(
            "Mozilla/5.0 (Linux; Android 7.0; Android TV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/60.0 "
                + "Safari/537.36",
            nil, nil, "smarttv"),
        Case(
            "PebbleApp/3.0 x",
            "Pebble", "Pebble", "wearable"),
        Case(
            "Mozilla/5.0 (Linux; U; Android 4.0.4; en-us; Glass 1 Build/IMM76L; XE7) AppleWebKit/534.30 (KHTML, "
                + "like Gecko) Version/4.0 Mobile Safari/534.30",
            "Google", "Glass", "wearable"),
        Case(
            "Mozilla/5.0 (X11; Linux) AppleWebKit/534.34 (KHTML, like Gecko) Tesla QtCarBrowser Safari/534.34",
            "Tesla", nil, "embedded"),
        Case(
            "Mozilla/5.0 (Linux; Android 8.0; Some Phone 3 Build/X) AppleWebKit/537.36 (KHTML, like Gecko) "
                + "Chrome/86.0 Mobile Safari/537.36",
            nil, "Some Phone 3", "mobile"),
        Case(
            "Mozilla/5.0 (Linux; Android 8.0; Some Slate) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/86.0 "
                + "Safari/537.36",
            nil, "Some Slate", "tablet"),
        Case(
            "Mozilla/5.0 (Android 11; Tablet; rv:85.0) Gecko/85.0 Firefox/85.0",
            nil, nil, "tablet"),
        Case(
            "Mozilla/5.0 (Android 11; Mobile; rv:85.0) Gecko/85.0 Firefox/85.0",
            nil, nil, "mobile"),
        Case(
            "Dalvik/2.1.0 (Linux; U; Android 9; BOX Build/PPR1)",
            "Generic", "Android 9", nil),
        Case(
            "Mozilla/5.0 (Windows NT 6.3; WOW64; Trident/7.0; .NET4.0E; Tablet PC 2.0; GWX:MANAGED; rv:11.0) like "
                + "Gecko",
            nil, nil, nil),
    ]
}
