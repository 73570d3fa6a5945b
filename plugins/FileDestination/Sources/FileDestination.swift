// SPDX-License-Identifier: MIT
import Footfall

/// Writes events to a file, one JSON object a line.
///
/// ```swift
/// analytics.add(plugin: FileDestination(path: "/var/log/kiosk/events.ndjson"))
/// ```
///
/// When the file would grow beyond its size it is renamed to `PATH.1`, `PATH.2`
/// and so on, the highest number the newest; nothing is ever removed.
public final class FileDestination: DestinationPlugin {
    public let name: String
    public var key: String { name }
    public let timeline = Timeline()
    private let delivery: FileDelivery

    /// - Parameters:
    ///   - name: Its identity in the store, and its key in `integrations`.
    ///   - path: The file; its directory must exist.
    ///   - maximumBytes: Where a new file begins. The default is 64 MiB.
    public init(name: String = "file", path: String, maximumBytes: Int = 64 << 20) {
        self.name = name
        delivery = FileDelivery(path: path, maximumBytes: maximumBytes)
    }

    /// From a configuration's `{"type": "file", "name", "path", "maxBytes"}`.
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

    /// Whoever reads the events sees the request among them.
    public var takesDeletions: Bool { true }

    public func makeDelivery() -> (any Delivery)? { delivery }
}
