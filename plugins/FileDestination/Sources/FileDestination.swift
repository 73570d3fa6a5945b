// SPDX-License-Identifier: MIT
import Footfall

/// Appends events to a file, one JSON object a line.
///
/// ```swift
/// analytics.add(plugin: FileDestination(path: "/var/log/kiosk/events.ndjson"))
/// ```
///
/// A file that would become too large is renamed to `PATH.1`, `PATH.2` and so on; the
/// highest number is the newest. No file is ever removed.
public final class FileDestination: DestinationPlugin {
    /// The identity in the store.
    public let name: String
    /// The same as ``name``.
    public var key: String { name }
    /// The destination's own plugins.
    public let timeline = Timeline()
    /// Its events are delivered from the store.
    public let usesHooks = false
    private let delivery: FileDelivery

    /// - Parameters:
    ///   - name: The identity in the store, and the key in `integrations`.
    ///   - path: The file; its directory must exist.
    ///   - maximumBytes: The size at which a new file begins. The default is 64 MiB.
    public init(name: String = "file", path: String, maximumBytes: Int = 64 << 20) {
        self.name = name
        delivery = FileDelivery(path: path, maximumBytes: maximumBytes)
    }

    /// Reads a destination of a configuration file: `{"type": "file", "name", "path",
    /// "maxBytes"}`.
    public convenience init(_ configuration: ConfigurationObject) throws(ConfigurationError) {
        var object = configuration
        _ = try object.text("type")
        _ = try object.flag("enabled")
        let name = try object.text("name") ?? "file"
        guard let path = try object.text("path"), !path.isEmpty else { throw object.error("path", "it is missing") }
        let maximumBytes = try object.size("maxBytes") ?? 64 << 20
        try object.finish()
        self.init(name: name, path: path, maximumBytes: maximumBytes)
    }

    /// True: the request is written to the file, for the file's readers.
    public var takesDeletions: Bool { true }

    /// Appends the batches.
    public func makeDelivery() -> (any Delivery)? { delivery }
}
