// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore

/// Delivers to Amplitude itself, with the mappings of Segment's *Amplitude
/// (Actions)* destination made on the device.
///
/// ```swift
/// analytics.add(plugin: AmplitudeActions(apiKey: "KEY", region: .europe))
/// analytics.add(plugin: AmplitudeSession())
/// ```
///
/// Its key in `integrations` is `Actions Amplitude`. See the plugin's README for
/// what it sends, and where that differs from the original.
public final class AmplitudeActions: DestinationPlugin {
    public let key = "Actions Amplitude"
    public let name: String
    public let timeline = Timeline()
    /// What it makes of events, and what is wrong with its mappings.
    package let configuration: AmplitudeConfiguration

    /// Delivers to a project with the presets.
    ///
    /// - Parameters:
    ///   - name: Its identity in the store. A second one needs another.
    ///   - apiKey: The API key of the project.
    ///   - secretKey: Needed only to delete users.
    ///   - region: Where the project's data is kept.
    public convenience init(
        name: String = "amplitude", apiKey: String, secretKey: String? = nil, region: AmplitudeRegion = .northAmerica
    ) {
        self.init(
            AmplitudeConfiguration(
                name: name, settings: AmplitudeSettings(apiKey: apiKey, secretKey: secretKey, region: region)))
    }

    package init(_ configuration: AmplitudeConfiguration) {
        name = configuration.name
        self.configuration = configuration
    }

    /// From a configuration's `{"type": "amplitude", …}`.
    public convenience init(_ object: ConfigurationObject) throws(ConfigurationError) {
        self.init(
            try AmplitudeConfiguration(
                object,
                readFile: { path in
                    // Why it cannot be read is not said: the message names the file.
                    guard let file = try? TrustedFile.secret(path) else { return nil }
                    if let warning = file.warning { object.warn("", warning) }
                    return String(decoding: file.bytes, as: UTF8.self)
                }))
    }

    public func configure(analytics: Analytics) {
        for problem in configuration.problems {
            analytics.report(FootfallError(.invalidConfiguration, "\(name): \(problem)"))
        }
    }

    /// Deleting a user needs the secret key.
    public var takesDeletions: Bool { configuration.mapper.settings.secretKey != nil }

    public func makeDelivery() -> (any Delivery)? { AmplitudeDelivery(configuration) }
}
