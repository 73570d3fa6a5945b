// SPDX-License-Identifier: MIT
import Footfall

/// Delivers to Segment's batch call, or to a server that understands it.
///
/// ```swift
/// analytics.add(plugin: SegmentDestination())
/// ```
///
/// The request is a POST of `{"batch": […], "sentAt": …, "writeKey": …}` with
/// Basic authorization (the write key as user) and gzip. A batch has at most 500 events
/// and 475,000 bytes. Events are delivered when the answer has `{"success": true}`.
public final class SegmentDestination: DestinationPlugin {
    /// The address of Segment's batch call.
    public static let defaultEndpoint = "https://api.segment.io/v1/b"

    /// `Segment.io`, which `"All": false` does not switch off.
    public let key = "Segment.io"
    /// The identity in the store.
    public let name: String
    /// The destination's own plugins.
    public let timeline = Timeline()
    /// Its events are delivered from the store.
    public let usesHooks = false
    private let endpoint: String
    private let isCompressed: Bool
    private let allowsInsecure: Bool
    private var writeKey: Secret

    /// - Parameters:
    ///   - name: The identity in the store. A second destination needs another name.
    ///   - endpoint: The whole URL of the batch call.
    ///   - writeKey: The key of the source; with `nil` or a blank text it is the configuration's.
    ///     Without any key, or with a control character inside one, nothing is sent: the events are
    ///     kept, and `FootfallError.Code.invalidConfiguration` is reported.
    ///   - isCompressed: Whether bodies are compressed with gzip.
    ///   - allowsInsecure: Whether plain http is allowed to other machines.
    public init(
        name: String = "segment", endpoint: String = SegmentDestination.defaultEndpoint, writeKey: String? = nil,
        isCompressed: Bool = true, allowsInsecure: Bool = false
    ) {
        self.name = name
        self.allowsInsecure = allowsInsecure
        self.endpoint = endpoint
        self.writeKey = Secret(writeKey ?? "")
        self.isCompressed = isCompressed
    }

    /// Reads a destination of a configuration file: `{"type": "segment", "name", "endpoint",
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
        let ownKey = try object.secret("writeKey")
        let gzip = try object.flag("gzip") ?? true
        try object.finish()
        let key = ownKey ?? Secret(writeKey).text
        guard !key.isEmpty else {
            throw object.error(
                "writeKey",
                "a segment destination needs one; write it here or at the top of the file, or set FOOTFALL_WRITE_KEY "
                    + "for the command")
        }
        self.init(
            name: name, endpoint: endpoint, writeKey: key, isCompressed: gzip,
            allowsInsecure: own?.allowsInsecure ?? false)
    }

    /// Takes the write key from the configuration if it has none of its own, and reports a key
    /// that cannot be used.
    public func configure(analytics: Analytics) {
        if writeKey.isEmpty { writeKey = Secret(analytics.configuration.writeKey) }
        guard let problem else { return }
        analytics.report(
            FootfallError(.invalidConfiguration, "\(name): \(problem); nothing is sent to it until then"))
    }

    /// Why the write key cannot be used; `nil` when it can.
    private var problem: String? {
        guard writeKey.isEmpty else { return writeKey.problem.map { "writeKey: \($0)" } }
        return "writeKey: it is missing; give it to Configuration or to SegmentDestination"
    }

    /// Makes the requests of the batch call.
    public func makeDelivery() -> (any Delivery)? {
        SegmentDelivery(
            endpoint: endpoint, writeKey: writeKey.text, isCompressed: isCompressed, allowsInsecure: allowsInsecure,
            problem: problem)
    }
}
