// SPDX-License-Identifier: MIT
import FootfallJSON

/// The directives of fields that a mapping does not set.
enum DefaultValue {
    static func mapUser(_ key: FieldKey) -> JSON? {
        switch key {
        case .userId: path("previousId")
        case .globalUserId: path("userId")
        default: Optional.none
        }
    }

    static func of(_ key: FieldKey) -> JSON? { values[key] }

    private static let values: [FieldKey: JSON] = [
        .userId: path("userId"),
        .deviceID: first("context.device.id", "anonymousId"),
        .eventType: path("event"),
        .sessionId: path("integrations.Actions Amplitude.session_id"),
        .time: path("timestamp"),
        .eventProperties: path("properties"),
        .userProperties: path("traits"),
        .groupProperties: path("traits"),
        .appVersion: path("context.app.version"),
        .platform: path("context.device.type"),
        .osName: path("context.os.name"),
        .osVersion: path("context.os.version"),
        .deviceBrand: path("context.device.brand"),
        .deviceManufacturer: path("context.device.manufacturer"),
        .deviceModel: path("context.device.model"),
        .carrier: path("context.network.carrier"),
        .country: path("context.location.country"),
        .region: path("context.location.region"),
        .city: path("context.location.city"),
        .language: path("context.locale"),
        .price: path("properties.price"),
        .quantity: path("properties.quantity"),
        .revenue: path("properties.revenue"),
        .productID: path("properties.productId"),
        .revenueType: path("properties.revenueType"),
        .latitude: path("context.location.latitude"),
        .longitude: path("context.location.longitude"),
        .ip: path("context.ip"),
        .idfa: first("context.device.advertisingId", "context.device.idfa"),
        .idfv: path("context.device.id"),
        .adid: first("context.device.advertisingId", "context.device.idfa"),
        .library: path("context.library.name"),
        .librarySettings: ["behavior": "use_mapping", "mapping": path("context.library.name")],
        .products: products,
        .setOnce: campaign(prefix: "initial_"),
        .setAlways: campaign(prefix: ""),
        .utmProperties: utm(prefix: ""),
        .referrer: path("context.page.referrer"),
        .useBatchEndpoint: false,
        .trackRevenuePerProduct: false,
        .userAgent: path("context.userAgent"),
        .userAgentParsing: true,
        .includeRawUserAgent: false,
        .userAgentData: [
            "model": path("context.userAgentData.model"),
            "platformVersion": path("context.userAgentData.platformVersion"),
        ],
    ]

    static func path(_ path: String) -> JSON { ["@path": .string("$." + path)] }

    /// The first value if it exists, else the second.
    static func first(_ first: String, _ second: String) -> JSON {
        self.first(path(first), else: path(second))
    }

    static func first(_ value: JSON, else otherwise: JSON) -> JSON {
        ["@if": ["exists": value, "then": value, "else": otherwise]]
    }

    private static var products: JSON {
        var shape = JSONObject()
        for key in ["price", "revenue", "quantity", "productId", "revenueType"] {
            shape[key] = ["@path": .string(key)]
        }
        return ["@arrayPath": ["$.properties.products", .object(shape)]]
    }

    private static func campaign(prefix: String) -> JSON {
        var object: JSONObject = [:]
        object[prefix + "referrer"] = path("context.page.referrer")
        object.merge(utm(prefix: prefix).objectValue ?? [:])
        return .object(object)
    }

    private static func utm(prefix: String) -> JSON {
        var object = JSONObject()
        for (key, part) in [
            ("source", "source"), ("medium", "medium"), ("campaign", "name"), ("term", "term"), ("content", "content"),
        ] {
            object["\(prefix)utm_\(key)"] = path("context.campaign.\(part)")
        }
        return .object(object)
    }
}
