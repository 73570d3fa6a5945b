// SPDX-License-Identifier: MIT
import FootfallJSON

/// The device by its user agent.
enum UserAgentFields {
    /// The fields under Amplitude's names; mapped values replace them.
    static func object(_ payload: Payload) -> JSONObject {
        var object = JSONObject()
        guard let text = payload.text(.userAgent) else { return object }
        if payload.flag(.userAgentParsing) {
            let agent = UserAgent.parse(text)
            let data = payload.object(.userAgentData)
            func json(_ text: String?) -> JSON? { text.map(JSON.string) }
            object["os_name"] = json(agent.osName ?? agent.browserName)
            object["os_version"] = data?["platformVersion"] ?? json(agent.browserMajorVersion)
            object["device_manufacturer"] = json(agent.deviceVendor)
            object["device_model"] = data?["model"] ?? json(agent.deviceModel ?? agent.osName)
            object["device_type"] = json(agent.deviceType)
        }
        if payload.flag(.includeRawUserAgent) { object["user_agent"] = .string(text) }
        return object
    }
}
