// SPDX-License-Identifier: MIT
import Footfall

/// Delivers to Segment's batch call, or to anything that speaks it.
///
/// ```swift
/// analytics.add(plugin: SegmentDestination())
/// ```
///
/// The request is a POST of `{"batch": […], "sentAt": …, "writeKey": …}` with
/// Basic authorization (the write key as user) and gzip; a batch has at most
/// 500 events and 475,000 bytes. Delivered is what was answered with
/// `{"success": true}`.
public final class SegmentDestination: DestinationPlugin {
    public static let defaultEndpoint = "https://api.segment.io/v1/b"

    public let key = "Segment.io"
    public let name: String
    public let timeline = Timeline()
    private let endpoint: String
    private let isCompressed: Bool
    private let allowsInsecure: Bool
    private var writeKey: String?

    /// - Parameters:
    ///   - name: Its identity in the store. A second one needs another.
    ///   - endpoint: The whole URL of the batch call.
    ///   - writeKey: Instead of the configuration's.
    ///   - isCompressed: Whether bodies are sent with gzip.
    ///   - allowsInsecure: Whether plain http is taken to other machines.
    public init(
        name: String = "segment", endpoint: String = SegmentDestination.defaultEndpoint, writeKey: String? = nil,
        isCompressed: Bool = true, allowsInsecure: Bool = false
    ) {
        self.name = name
        self.allowsInsecure = allowsInsecure
        self.endpoint = endpoint
        self.writeKey = writeKey
        self.isCompressed = isCompressed
    }

    /// From a configuration's `{"type": "segment", "name", "endpoint",
    /// "writeKey", "gzip", "allowInsecure"}`.
    ///
    /// - Parameters:
    ///   - configuration: The destination's object in a configuration file.
    ///   - writeKey: The write key of the file, for a destination that names none.
    ///   - given: An address that replaces the one in the file.
    public convenience init(
        _ configuration: ConfigurationObject, writeKey: String, endpoint given: String? = nil
    ) throws(ConfigurationError) {
        var object = configuration
        _ = try object.text("type")
        _ = try object.flag("enabled")
        let name = try object.text("name") ?? "segment"
        let own = try object.endpoint()
        let endpoint = given ?? own?.url ?? Self.defaultEndpoint
        let ownKey = try object.text("writeKey")
        let gzip = try object.flag("gzip") ?? true
        try object.finish()
        let key = ownKey ?? writeKey
        guard !key.isEmpty else {
            throw object.error("writeKey", "a segment destination needs one, here or at the top of the file")
        }
        self.init(
            name: name, endpoint: endpoint, writeKey: key, isCompressed: gzip,
            allowsInsecure: own?.allowsInsecure ?? false)
    }

    public func configure(analytics: Analytics) {
        if writeKey == nil { writeKey = analytics.configuration.writeKey }
    }

    public func makeDelivery() -> (any Delivery)? {
        SegmentDelivery(
            endpoint: endpoint, writeKey: writeKey ?? "", isCompressed: isCompressed, allowsInsecure: allowsInsecure)
    }
}
