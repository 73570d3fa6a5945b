// SPDX-License-Identifier: MIT

struct UserAgent {
    var osName: String?
    var osVersion: String?
    var browserName: String?
    var browserVersion: String?
    var deviceVendor: String?
    var deviceModel: String?
    var deviceType: String?

    static func parse(_ text: String) -> UserAgent { UserAgent() }
}
