// SPDX-License-Identifier: MIT

/// The fields of each action, in the order in which faults are reported.
extension AmplitudeAction {
    /// The first fields of the three event actions.
    private static let eventFields = [
        Field(.userId, "User ID", .text, allowsNull: true),
        Field(.deviceID, "Device ID", .text),
        Field(.eventType, "Event Type", .text, isRequired: true),
        Field(.sessionId, "Session ID", .date),
        Field(.time, "Timestamp", .date),
        Field(.eventProperties, "Event Properties", .object),
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
        Field(.price, "Price", .number),
        Field(.quantity, "Quantity", .integer),
        Field(.revenue, "Revenue", .number),
        Field(.productID, "Product ID", .text),
        Field(.revenueType, "Revenue Type", .text),
        Field(.latitude, "Latitude", .number),
        Field(.longitude, "Longtitude", .number),
        Field(.ip, "IP Address", .text),
        Field(.idfa, "Identifier For Advertiser (IDFA)", .text),
        Field(.idfv, "Identifier For Vendor (IDFV)", .text),
        Field(.adid, "Google Play Services Advertising ID", .text),
        Field(.androidID, "Android ID", .text),
        Field(.eventID, "Event ID", .integer),
        Field(.insertID, "Insert ID", .text),
        Field(.library, "HIDDEN: Library", .text),
        Field(.librarySettings, "Library Settings", .object, parts: Field.libraryParts),
        Field(.products, "Products", .object, isList: true, parts: Field.productParts, keepsOtherKeys: true),
    ]

    static let logEventFields =
        eventFields + [
            Field(.useBatchEndpoint, "Use Batch Endpoint", .flag),
            Field(.userAgent, "User Agent", .text),
            Field(.userAgentParsing, "User Agent Parsing", .flag),
            Field(.includeRawUserAgent, "Include Raw User Agent", .flag),
            Field(.utmProperties, "UTM Properties", .object, parts: Field.utmParts),
            Field(.referrer, "Referrer", .text),
            Field(.minimumIDLength, "Minimum ID Length", .integer, allowsNull: true),
            Field(.userAgentData, "User Agent Data", .object, parts: Field.userAgentDataParts),
        ]

    static let logEventV2Fields =
        eventFields + [
            Field(.setOnce, "Set Once", .object, parts: Field.setOnceParts, keepsOtherKeys: true),
            Field(.setAlways, "Set Always", .object, parts: Field.setAlwaysParts, keepsOtherKeys: true),
            Field(.add, "Add", .object),
            Field(.useBatchEndpoint, "Use Batch Endpoint", .flag),
            Field(.userAgent, "User Agent", .text),
            Field(.userAgentParsing, "User Agent Parsing", .flag),
            Field(.includeRawUserAgent, "Include Raw User Agent", .flag),
            Field(.minimumIDLength, "Minimum ID Length", .integer, allowsNull: true),
            Field(.userAgentData, "User Agent Data", .object, parts: Field.userAgentDataParts),
        ]

    static let logPurchaseFields = [Field(.trackRevenuePerProduct, "Track Revenue Per Product", .flag)] + logEventFields
}
