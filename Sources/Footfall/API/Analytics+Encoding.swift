// SPDX-License-Identifier: MIT

// Events whose members come from an `Encodable` value. The label is `encoding:` and not
// `properties:`: otherwise a literal would become a dictionary, which has no order.
extension Analytics {
    /// Records that something happened, with the members of an `Encodable` value.
    ///
    /// ```swift
    /// struct Order: Encodable {
    ///     var sku: String
    ///     var total: Double
    /// }
    /// analytics.track(name: "Order Completed", encoding: Order(sku: "A-7", total: 59.90))
    /// ```
    ///
    /// - Parameters:
    ///   - name: As in ``track(name:properties:options:enrichments:)``.
    ///   - value: Encoded at once, on the calling thread; see `JSONObject.init(encoding:)`. If that fails,
    ///     the event is dropped and reported as ``FootfallError/Code/invalidEvent``.
    ///   - options: Changes this call only; see ``CallOptions``.
    ///   - enrichments: Change this event only, after the plugins.
    public func track(
        name: String, encoding value: some Encodable, options: CallOptions? = nil,
        enrichments: [EnrichmentClosure] = []
    ) {
        guard let properties = members(encoding: value, of: "the properties of \"\(name)\"") else { return }
        track(name: name, properties: properties, options: options, enrichments: enrichments)
    }

    /// Says who the user is, with the members of an `Encodable` value as traits.
    ///
    /// - Parameters:
    ///   - userId: As in ``identify(userId:traits:options:enrichments:)``.
    ///   - value: Encoded at once, on the calling thread. If that fails, the call does nothing and is
    ///     reported as ``FootfallError/Code/invalidEvent``.
    ///   - options: Changes this call only; see ``CallOptions``.
    ///   - enrichments: Change this event only, after the plugins.
    public func identify(
        userId: String? = nil, encoding value: some Encodable, options: CallOptions? = nil,
        enrichments: [EnrichmentClosure] = []
    ) {
        guard let traits = members(encoding: value, of: "the traits") else { return }
        identify(userId: userId, traits: traits, options: options, enrichments: enrichments)
    }

    private func members(encoding value: some Encodable, of what: String) -> JSONObject? {
        do {
            return try JSONObject(encoding: value)
        } catch {
            dropUnencodable(what, EncodingProblem.text(of: error), error)
            return nil
        }
    }

    /// Counts and reports an event whose members are no JSON.
    package func dropUnencodable(_ what: String, _ why: String, _ underlying: any Error) {
        guard !runtime.isSilent, runtime.settings.isEnabled else { return }
        runtime.mailbox.countDrop(.invalid)
        runtime.report(
            FootfallError(
                .invalidEvent, "an event was dropped: \(what) cannot be encoded: \(why)", underlying: underlying))
    }
}

/// Says in words why a value could not be encoded.
enum EncodingProblem {
    static func text(of error: any Error) -> String {
        guard case .invalidValue(_, let context)? = error as? EncodingError else { return "\(error)" }
        let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
        return path.isEmpty ? context.debugDescription : "\(path): \(context.debugDescription)"
    }
}
