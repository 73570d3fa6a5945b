// SPDX-License-Identifier: MIT

/// The fields of the actions for users and groups.
extension AmplitudeAction {
    static let identifyUserFields = [
        Field(.userId, "User ID", .text, allowsNull: true),
        Field(.deviceID, "Device ID", .text),
        Field(.userProperties, "User Properties", .object),
        Field(.groups, "Groups", .object),
        Field(.appVersion, "App Version", .text),
        Field(.platform, "Platform", .text),
        Field(.osName, "OS Name", .text),
        Field(.osVersion, "OS Version", .text),
        Field(.deviceBrand, "Device Brand", .text),
        Field(.deviceManufacturer, "Device Manufacturer", .text),
        Field(.deviceModel, "Device Model", .text),
        Field(.carrier, "Carrier", .text),
        Field(.country, "Country", .text),
        Field(.region, "Region", .text),
        Field(.city, "City", .text),
        Field(.marketArea, "Designated Market Area", .text),
        Field(.language, "Language", .text),
        Field(.paying, "Is Paying", .flag),
        Field(.startVersion, "Initial Version", .text),
        Field(.insertID, "Insert ID", .text),
        Field(.userAgent, "User Agent", .text),
        Field(.userAgentParsing, "User Agent Parsing", .flag),
        Field(.includeRawUserAgent, "Include Raw User Agent", .flag),
        Field(.utmProperties, "UTM Properties", .object, parts: Field.utmParts),
        Field(.referrer, "Referrer", .text),
        Field(.minimumIDLength, "Minimum ID Length", .integer, allowsNull: true),
        Field(.library, "Library", .text),
        Field(.userAgentData, "User Agent Data", .object, parts: Field.userAgentDataParts),
    ]

    static let groupIdentifyUserFields = [
        Field(.userId, "User ID", .text, allowsNull: true),
        Field(.deviceID, "Device ID", .text),
        Field(.insertID, "Insert ID", .text),
        Field(.time, "Timestamp", .text),
        Field(.groupProperties, "Group Properties", .object),
        Field(.groupType, "Group Type", .text, isRequired: true),
        Field(.groupValue, "Group Value", .text, isRequired: true),
        Field(.minimumIDLength, "Minimum ID Length", .integer, allowsNull: true),
    ]

    static let mapUserFields = [
        Field(.userId, "User ID", .text),
        Field(.globalUserId, "Global User ID", .text),
        Field(.minimumIDLength, "Minimum ID Length", .integer, allowsNull: true),
    ]
}
