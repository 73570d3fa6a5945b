// SPDX-License-Identifier: MIT
import FootfallJSON

/// Makes Amplitude's events and identify calls from payloads.
struct EventBuilder {
    let action: AmplitudeAction
    let payload: Payload
    let context: ActionContext

    /// The fields that are sent under their own names, in their order.
    private static let plainEventFields = plain(.logEventV2)
    private static let plainIdentifyFields = plain(.identifyUser)

    private static func plain(_ action: AmplitudeAction) -> [FieldKey] {
        let others: Set<FieldKey> = [
            .sessionId, .time, .userProperties, .platform, .price, .quantity, .revenue, .productID, .revenueType,
            .library, .librarySettings, .products, .useBatchEndpoint, .setOnce, .setAlways, .add, .userAgent,
            .userAgentParsing, .includeRawUserAgent, .userAgentData, .utmProperties, .referrer, .minimumIDLength,
        ]
        return action.fields.map(\.key).filter { !others.contains($0) }
    }

    /// The options of the request.
    var minimumIDLength: Int64? {
        guard let length = payload[.minimumIDLength]?.intValue, length > 0 else { return nil }
        return length
    }

    /// The mapped values, under Amplitude's names.
    private func mapped(_ fields: [FieldKey]) -> JSONObject {
        var object = JSONObject()
        for field in fields {
            if let value = payload[field] { object[field.name] = value }
        }
        if let platform = Platform.name(payload, isOriginal: context.isOriginal) { object["platform"] = platform }
        if let properties = userProperties {
            object["user_properties"] = .object(
                context.isOriginal ? properties : UserProperties.separated(properties))
        }
        return object
    }

    private var userProperties: JSONObject? {
        switch action {
        case .logEventV2: UserProperties.withOperations(payload, isOriginal: context.isOriginal)
        case .identifyUser: UserProperties.withCampaign(payload, traitsWin: false)
        default: UserProperties.withCampaign(payload, traitsWin: true)
        }
    }

    /// The events of Log Event, Log Event V2 and Log Purchase.
    func events() -> [JSONObject] {
        var mapped = mapped(Self.plainEventFields)
        if let time = payload[.time], time.isGiven, let moment = context.moment(time) { mapped["time"] = .int(moment) }
        if let session = payload[.sessionId], session.isGiven { mapped["session_id"] = context.session(session) }
        if context.isOriginal { mapped["use_batch_endpoint"] = payload[.useBatchEndpoint] }

        var main = Self.over(UserAgentFields.object(payload), mapped)
        guard action == .logPurchase else {
            main["products"] = payload[.products]
            main["library"] = library
            return [main]
        }
        let products = (payload[.products]?.arrayValue ?? []).compactMap(\.objectValue)
        let isPerProduct = payload.flag(.trackRevenuePerProduct)
        if products.isEmpty || !isPerProduct { main.merge(Money.keys(of: payload)) }
        main["library"] = library
        return [main]
            + products.enumerated().map { index, product in
                purchase(of: product, number: index + 2, like: mapped, hasMoney: isPerProduct)
            }
    }

    /// The values of a user agent, replaced by mapped values.
    private static func over(_ agent: JSONObject, _ mapped: JSONObject) -> JSONObject {
        guard !agent.isEmpty else { return mapped }
        var object = agent
        object.merge(mapped)
        return object
    }

    private func purchase(
        of product: JSONObject, number: Int, like mapped: JSONObject, hasMoney: Bool
    ) -> JSONObject {
        var event = mapped
        if hasMoney { event.merge(Money.keys(of: product)) }
        event["event_properties"] = .object(product)
        event["event_type"] = "Product Purchased"
        if let id = payload.text(.insertID) { event["insert_id"] = .string("\(id)-\(number)") }
        event["library"] = library
        return event
    }

    /// The event's library: the mapped one, else `segment`.
    private var library: JSON? {
        let settings = payload.object(.librarySettings)
        guard settings?["behavior"] == "use_mapping" else { return "segment" }
        guard let name = settings?["mapping"]?.stringValue, !name.isEmpty else { return nil }
        return .string(name)
    }

    /// The item of Identify User.
    func identification() -> JSONObject {
        var object = Self.over(UserAgentFields.object(payload), mapped(Self.plainIdentifyFields))
        object["library"] = "segment"
        return object
    }
}

extension JSON {
    /// Whether a date or session is given: 0 and the empty text count as missing.
    fileprivate var isGiven: Bool {
        switch self {
        case .null, "", 0: false
        default: true
        }
    }
}
