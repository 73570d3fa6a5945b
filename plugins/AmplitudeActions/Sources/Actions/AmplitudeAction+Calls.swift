// SPDX-License-Identifier: MIT
import FootfallJSON

extension AmplitudeAction {
    /// The calls of an action, in their order. A call is made only after the one before was
    /// accepted.
    func calls(_ payload: Payload, _ context: ActionContext) -> [AmplitudeCall] {
        let builder = EventBuilder(action: self, payload: payload, context: context)
        let length = builder.minimumIDLength
        switch self {
        case .logEvent, .logEventV2, .logPurchase:
            let endpoint: AmplitudeEndpoint = payload.flag(.useBatchEndpoint) ? .batch : .httpapi
            return [AmplitudeCall(endpoint: endpoint, items: builder.events(), minimumIDLength: length)]
        case .identifyUser:
            var call = AmplitudeCall(
                endpoint: .identify, items: [builder.identification()], minimumIDLength: length)
            call.isSingle = true
            return [call]
        case .groupIdentifyUser: return Self.groupCalls(payload, context, length)
        case .mapUser: return [Self.userMapping(payload, context, length)]
        }
    }

    /// The user's group, if there is a user, then the group's properties.
    private static func groupCalls(
        _ payload: Payload, _ context: ActionContext, _ length: Int64?
    ) -> [AmplitudeCall] {
        let type = payload[.groupType]?.stringValue ?? ""
        let value = payload[.groupValue] ?? ""
        var calls: [AmplitudeCall] = []
        if payload.text(.userId) != nil || payload.text(.deviceID) != nil {
            var user = JSONObject()
            for key in [FieldKey.deviceID, .userId, .insertID] { user[key.name] = payload[key] }
            let group = JSONObject([(type, value)])
            user["groups"] = .object(group)
            user["user_properties"] = .object(group)
            user["library"] = "segment"
            let time = payload[.time].map(context.moment) ?? context.now.milliseconds
            // For a time that is no date the original sends null.
            if let time { user["time"] = .int(time) } else if context.isOriginal { user["time"] = .null }
            calls.append(AmplitudeCall(endpoint: .identify, items: [user], minimumIDLength: length))
        }
        var group = JSONObject()
        group["group_properties"] = payload[.groupProperties]
        group["group_type"] = .string(type)
        group["group_value"] = value
        group["library"] = "segment"
        calls.append(AmplitudeCall(endpoint: .groupIdentify, items: [group], minimumIDLength: length))
        return calls
    }

    private static func userMapping(
        _ payload: Payload, _ context: ActionContext, _ length: Int64?
    ) -> AmplitudeCall {
        var mapping = JSONObject()
        mapping["user_id"] = payload[.userId]
        mapping["global_user_id"] = payload[.globalUserId]
        // The original sends this option of the request inside the mapping too.
        if context.isOriginal { mapping["min_id_length"] = payload[.minimumIDLength] }
        return AmplitudeCall(endpoint: .userMap, items: [mapping], minimumIDLength: length)
    }
}
