// SPDX-License-Identifier: MIT

/// The declared members of fields whose values are objects.
extension Field {
    static let libraryParts = [
        Part("behavior", "Behavior", .text, choices: ["auto", "use_mapping"]),
        Part("mapping", "Library Mapping", .text),
    ]

    static let productParts = [
        Part("price", "Price", .number),
        Part("quantity", "Quantity", .integer),
        Part("revenue", "Revenue", .number),
        Part("productId", "Product ID", .text),
        Part("revenueType", "Revenue Type", .text),
    ]

    static let utmParts = [
        Part("utm_source", "UTM Source", .text),
        Part("utm_medium", "UTM Medium", .text),
        Part("utm_campaign", "UTM Campaign", .text),
        Part("utm_term", "UTM Term", .text),
        Part("utm_content", "UTM Content", .text),
    ]

    static let userAgentDataParts = [
        Part("model", "Model", .text),
        Part("platformVersion", "PlatformVersion", .text),
    ]

    static let setOnceParts = [
        Part("initial_referrer", "Initial Referrer", .text),
        Part("initial_utm_source", "Initial UTM Source", .text),
        Part("initial_utm_medium", "Initial UTM Medium", .text),
        Part("initial_utm_campaign", "Initial UTM Campaign", .text),
        Part("initial_utm_term", "Initial UTM Term", .text),
        Part("initial_utm_content", "Initial UTM Content", .text),
    ]

    static let setAlwaysParts = [
        Part("referrer", "Referrer", .text),
        Part("utm_source", "UTM Source", .text),
        Part("utm_medium", "UTM Medium", .text),
        Part("utm_campaign", "UTM Campaign", .text),
        Part("utm_term", "UTM Term", .text),
        Part("utm_content", "UTM Content", .text),
    ]
}
