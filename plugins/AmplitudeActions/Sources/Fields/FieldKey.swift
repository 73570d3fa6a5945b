// SPDX-License-Identifier: MIT

/// The fields of all actions, by which a ``Payload`` is indexed.
enum FieldKey: Int, CaseIterable, Sendable {
    case userId, deviceID, eventType, sessionId, time, eventProperties, userProperties, groups, appVersion
    case platform, osName, osVersion, deviceBrand, deviceManufacturer, deviceModel, carrier, country, region
    case city, marketArea, language, price, quantity, revenue, productID, revenueType, latitude, longitude, ip
    case idfa, idfv, adid, androidID, eventID, insertID, library, librarySettings, products, useBatchEndpoint
    case userAgent, userAgentParsing, includeRawUserAgent, utmProperties, referrer, minimumIDLength
    case userAgentData, setOnce, setAlways, add, trackRevenuePerProduct, paying, startVersion, groupProperties
    case groupType, groupValue, globalUserId

    /// The field's name in mappings and requests.
    var name: String { Self.names[rawValue] }

    /// The field with a name in mappings.
    init?(name: String) {
        guard let key = Self.byName[name] else { return nil }
        self = key
    }

    private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.name, $0) })

    /// In the order of the cases.
    private static let names = [
        "user_id", "device_id", "event_type", "session_id", "time", "event_properties", "user_properties",
        "groups", "app_version", "platform", "os_name", "os_version", "device_brand", "device_manufacturer",
        "device_model", "carrier", "country", "region", "city", "dma", "language", "price", "quantity", "revenue",
        "productId", "revenueType", "location_lat", "location_lng", "ip", "idfa", "idfv", "adid", "android_id",
        "event_id", "insert_id", "library", "library2", "products", "use_batch_endpoint", "userAgent",
        "userAgentParsing", "includeRawUserAgent", "utm_properties", "referrer", "min_id_length", "userAgentData",
        "setOnce", "setAlways", "add", "trackRevenuePerProduct", "paying", "start_version", "group_properties",
        "group_type", "group_value", "global_user_id",
    ]
}
