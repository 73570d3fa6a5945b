// SPDX-License-Identifier: MIT
import Testing

@testable import AmplitudeActions

/// The fields that the Amplitude (Actions) destination sends for a user agent.
struct UserAgentConformanceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let agent: String
        let osName: String?
        let osVersion: String?
        var vendor: String?
        let model: String?
        var type: String?

        var testDescription: String { agent }
    }

    @Test(arguments: cases) func givesTheFieldsOfTheDestination(_ expected: Case) {
        let result = UserAgent.parse(expected.agent)

        #expect(result.osName ?? result.browserName == expected.osName)
        #expect(result.browserMajorVersion == expected.osVersion)
        #expect(result.deviceVendor == expected.vendor)
        #expect(result.deviceModel ?? result.osName == expected.model)
        #expect(result.deviceType == expected.type)
    }

    static let cases: [Case] = [
        Case(
            agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 9_1 like Mac OS X) AppleWebKit/601.1.46 (KHTML, like "
                + "Gecko) Version/9.0 Mobile/13B143 Safari/601.1",
            osName: "iOS", osVersion: "9", vendor: "Apple", model: "iPhone", type: "mobile"),
        Case(
            agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
                + "Chrome/93.0.4577.82 Safari/537.36",
            osName: "Mac OS", osVersion: "93", model: "Mac OS"),
        Case(
            agent: "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/118.0",
            osName: "Ubuntu", osVersion: "118", model: "Ubuntu"),
        Case(
            agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
                + "Chrome/116.0.0.0 Safari/537.36 Edg/116.0.1938.69",
            osName: "Windows", osVersion: "116", model: "Windows"),
        Case(
            agent: "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; AS; rv:11.0) like Gecko",
            osName: "Windows", osVersion: "11", model: "Windows"),
        Case(
            agent: "Mozilla/5.0 (Linux; Android 11; Pixel 5) AppleWebKit/537.36 (KHTML, like Gecko) "
                + "Chrome/90.0.4430.91 Mobile Safari/537.36",
            osName: "Android", osVersion: "90", vendor: "Google", model: "Pixel 5", type: "mobile"),
        Case(
            agent: "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
                + "Chrome/74.0.0.0 Safari/537.36",
            osName: "Android", osVersion: "4", model: "K", type: "tablet"),
        Case(
            agent: "curl/7.68.0",
            osName: nil, osVersion: nil, model: nil),
    ]
}
