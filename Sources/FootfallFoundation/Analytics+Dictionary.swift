// SPDX-License-Identifier: MIT
import Footfall

// Events whose members come from a dictionary of any values. The label is `dictionary:` and not
// `properties:`: otherwise a literal would become a dictionary, which has no order.
extension Analytics {
    /// Records that something happened, with the members of a dictionary.
    ///
    /// ```swift
    /// let payload: [String: Any] = ["sku": "A-7", "at": Date()]
    /// analytics.track(name: "Order Completed", dictionary: payload)
    /// ```
    ///
    /// - Parameters:
    ///   - name: As in `track(name:properties:options:enrichments:)`.
    ///   - dictionary: See `JSONObject.init(dictionary:)`. With a value that has no JSON form the event is
    ///     dropped and reported as `invalidEvent`.
    ///   - options: Changes this call only.
    ///   - enrichments: Change this event only, after the plugins.
    public func track(
        name: String, dictionary: [String: Any], options: CallOptions? = nil, enrichments: [EnrichmentClosure] = []
    ) {
        guard let properties = members(dictionary, of: "the properties of \"\(name)\"") else { return }
        track(name: name, properties: properties, options: options, enrichments: enrichments)
    }

    /// Says who the user is, with the members of a dictionary as traits.
    ///
    /// - Parameters:
    ///   - userId: As in `identify(userId:traits:options:enrichments:)`.
    ///   - dictionary: See `JSONObject.init(dictionary:)`. With a value that has no JSON form the call does
    ///     nothing and is reported as `invalidEvent`.
    ///   - options: Changes this call only.
    ///   - enrichments: Change this event only, after the plugins.
    public func identify(
        userId: String? = nil, dictionary: [String: Any], options: CallOptions? = nil,
        enrichments: [EnrichmentClosure] = []
    ) {
        guard let traits = members(dictionary, of: "the traits") else { return }
        identify(userId: userId, traits: traits, options: options, enrichments: enrichments)
    }

    private func members(_ dictionary: [String: Any], of what: String) -> JSONObject? {
        do throws(DictionaryError) {
            return try JSONObject(dictionary: dictionary)
        } catch {
            dropUnencodable(what, "\(error)", error)
            return nil
        }
    }
}
