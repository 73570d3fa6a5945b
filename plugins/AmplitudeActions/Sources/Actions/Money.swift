// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallMapping

/// Revenue in Amplitude's form.
enum Money {
    /// The keys of a revenue. It is quantity times price if both are given, else the given
    /// revenue. Without a revenue, or for 0, there are no keys.
    static func keys(price: JSON?, quantity: JSON?, revenue: JSON?, productID: JSON?, type: JSON?) -> JSONObject {
        var amount = revenue
        if let price = price?.doubleValue, let quantity = quantity?.doubleValue { amount = JSON(price * quantity) }
        guard let amount, amount.isTruthy else { return [:] }
        var keys: JSONObject = ["revenue": amount, "revenueType": type ?? "Purchase"]
        if let quantity = quantity?.doubleValue { keys["quantity"] = JSON((quantity + 0.5).rounded(.down)) }
        keys["price"] = price
        keys["productId"] = productID
        return keys
    }

    static func keys(of payload: Payload) -> JSONObject {
        keys(
            price: payload[.price], quantity: payload[.quantity], revenue: payload[.revenue],
            productID: payload[.productID], type: payload[.revenueType])
    }

    static func keys(of product: JSONObject) -> JSONObject {
        keys(
            price: product["price"], quantity: product["quantity"], revenue: product["revenue"],
            productID: product["productId"], type: product["revenueType"])
    }
}
