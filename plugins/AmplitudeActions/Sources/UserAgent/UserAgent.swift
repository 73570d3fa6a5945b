// SPDX-License-Identifier: MIT

/// What a browser's user agent says about the browser, the operating system
/// and the device.
///
/// The results are those of ua-parser-js 0.7.28, which the Amplitude (Actions) destination
/// uses: the first rule that matches decides, and only the first 255 UTF-16 units count.
/// What is not known is nil.
struct UserAgent: Sendable, Equatable {
    var osName: String?
    var osVersion: String?
    var browserName: String?
    var browserVersion: String?
    var deviceVendor: String?
    /// The model; an empty text for a television that names its vendor but no model.
    var deviceModel: String?
    /// One of mobile, tablet, tab, smarttv, console, wearable, embedded.
    var deviceType: String?

    /// Parses a user agent; any text is allowed.
    static func parse(_ text: String) -> UserAgent {
        guard !text.isEmpty else { return UserAgent() }
        var matcher = AgentMatcher(AgentText(text))
        var result = UserAgent()
        if let browser = first(of: AgentTables.browsers, &matcher) {
            result.browserName = browser.name
            result.browserVersion = browser.version
        }
        if let device = first(of: AgentTables.devices, &matcher) {
            result.deviceVendor = device.vendor
            result.deviceModel = device.model
            result.deviceType = device.type
        }
        if let system = first(of: AgentTables.operatingSystems, &matcher) {
            result.osName = system.name
            result.osVersion = system.version
        }
        return result
    }

    /// The browser's version up to the first dot, digits only.
    ///
    /// Empty when the version has no digit there; nil when there is no version.
    var browserMajorVersion: String? {
        guard let browserVersion else { return nil }
        let beforeDot = browserVersion.utf8.prefix { $0 != UInt8(ascii: ".") }
        return String(decoding: beforeDot.filter { AgentSymbolSet.digit.contains($0) }, as: UTF8.self)
    }

    private static func first(of rules: [AgentRule], _ matcher: inout AgentMatcher) -> AgentFindings? {
        for rule in rules {
            if let findings = rule.apply(&matcher) { return findings }
        }
        return nil
    }
}

/// The rules in the order in which they are tried; compiled at first use.
enum AgentTables {
    static let browsers: [AgentRule] = browserRules
    static let operatingSystems: [AgentRule] = operatingSystemRules
    static let devices: [AgentRule] = phoneRules + makerRules + otherMakerRules + screenRules + unnamedDeviceRules
}
