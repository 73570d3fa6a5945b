// SPDX-License-Identifier: MIT
import FootfallJSON

extension Preset {
    /// The preset with `anonymousId` as the device id and without `idfv`, so that Amplitude does
    /// not link the visitors of a kiosk.
    func withDeviceFromAnonymousId() -> Preset {
        var preset = self
        if preset.mapping["device_id"] != nil { preset.mapping["device_id"] = DefaultValue.path("anonymousId") }
        preset.mapping["idfv"] = nil
        return preset
    }

    /// The preset with another value of a field, if its action has that field.
    func with(_ key: FieldKey, _ value: JSON) -> Preset {
        guard let action = AmplitudeAction(rawValue: action), action.fields.contains(where: { $0.key == key }) else {
            return self
        }
        var preset = self
        preset.mapping[key.name] = value
        return preset
    }

    /// ``standard``, but every track event with a price, a revenue or a total is a purchase, as
    /// in Log Revenue v2.
    static var standardWithRevenueV2: [Preset] {
        standard.flatMap { preset in
            guard preset.name == "Track Calls" else { return [preset] }
            var others = preset
            others.subscribe += moneyFields.map { " and \($0) = null" }.joined()
            return [others, revenueV2]
        }
    }

    private static let moneyFields = ["price", "revenue", "total"].map { "properties.\($0)" }

    /// Log Revenue v2. The price is `price`, else `revenue`, else `total`. A quantity counts only
    /// together with a price; otherwise it is 1. Names are in camelCase or snake_case.
    /// Receipts become event properties with the names that Amplitude's libraries use.
    static var revenueV2: Preset {
        let properties: JSON = [
            "@merge": [
                "direction": "right",
                "objects": [
                    DefaultValue.path("properties"),
                    [
                        "$receipt": DefaultValue.path("properties.receipt"),
                        "$receiptSig": either("receiptSignature", "receipt_signature"),
                    ],
                ],
            ]
        ]
        let price = DefaultValue.path("properties.price")
        let quantity: JSON = [
            "@if": [
                "exists": price, "then": DefaultValue.first(DefaultValue.path("properties.quantity"), else: 1),
                "else": 1,
            ]
        ]
        return Preset(
            "Revenue V2",
            "type = \"track\" and event != \"Order Completed\" and ("
                + moneyFields.map { "\($0) != null" }.joined(separator: " or ") + ")", .logPurchase,
            [
                "price": DefaultValue.first(price, else: DefaultValue.first("properties.revenue", "properties.total")),
                "quantity": quantity,
                "revenue": nil,
                "productId": either("productId", "product_id"),
                "revenueType": either("revenueType", "revenue_type"),
                "products": nil,
                "event_properties": properties,
            ])
    }

    private static func either(_ first: String, _ second: String) -> JSON {
        DefaultValue.first("properties.\(first)", "properties.\(second)")
    }
}
