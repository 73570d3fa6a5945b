// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore

/// Delivers to Amplitude itself. The mappings of Segment's *Amplitude (Actions)*
/// destination are made on the device.
///
/// ```swift
/// analytics.add(plugin: AmplitudeActions(apiKey: "KEY", region: .europe))
/// analytics.add(plugin: AmplitudeSession())
/// ```
///
/// The plugin's README says what is sent, and where that differs from the original.
public final class AmplitudeActions: DestinationPlugin {
    /// `Actions Amplitude`, as at Segment.
    public let key = "Actions Amplitude"
    /// The identity in the store.
    public let name: String
    /// The destination's own plugins.
    public let timeline = Timeline()
    /// Its events are delivered from the store.
    public let usesHooks = false
    /// The settings and mappings, and what is wrong with the mappings.
    package let configuration: AmplitudeConfiguration

    /// Sends to a project what the presets make of events.
    ///
    /// - Parameters:
    ///   - name: The identity in the store. A second destination needs another name.
    ///   - apiKey: The API key of the project.
    ///   - secretKey: Needed only to delete users.
    ///   - region: Where Amplitude keeps the project's data.
    public convenience init(
        name: String = "amplitude", apiKey: String, secretKey: String? = nil, region: AmplitudeRegion = .northAmerica
    ) {
        self.init(
            AmplitudeConfiguration(
                name: name, settings: AmplitudeSettings(apiKey: apiKey, secretKey: secretKey, region: region)))
    }

    /// Sends what a configuration says.
    package init(_ configuration: AmplitudeConfiguration) {
        name = configuration.name
        self.configuration = configuration
    }

    /// Reads a destination of a configuration file: `{"type": "amplitude", "apiKey", "mappings", …}`.
    ///
    /// The plugin's README lists the keys. A program gives mappings of its own this way:
    ///
    /// ```swift
    /// try AmplitudeActions(
    ///     ConfigurationObject([
    ///         "type": "amplitude", "apiKey": "KEY",
    ///         "mappings": [["subscribe": "type = \"track\"", "action": "logEventV2"]],
    ///     ]))
    /// ```
    public convenience init(_ object: ConfigurationObject) throws(ConfigurationError) {
        self.init(try AmplitudeConfiguration(object))
    }

    /// Reports what is wrong with the mappings.
    public func configure(analytics: Analytics) {
        for problem in configuration.problems {
            analytics.report(FootfallError(.invalidConfiguration, "\(name): \(problem)"))
        }
    }

    /// Whether there is a secret key, which deleting a user needs.
    public var takesDeletions: Bool { configuration.mapper.settings.secretKey != nil }

    /// Maps events and makes the requests.
    public func makeDelivery() -> (any Delivery)? { AmplitudeDelivery(configuration) }
}
