// SPDX-License-Identifier: MIT
import FootfallJSON

/// The behaviour where the original is wrong for a device.
package enum AmplitudeCompatibility: String, Sendable {
    /// The right behaviour; the plugin's README lists each case.
    case footfall
    /// The original's behaviour, including its faults.
    case segment
}

/// The settings of an Amplitude project.
package struct AmplitudeSettings: Sendable {
    package var apiKey: String
    /// Needed only to delete users and to test the keys.
    package var secretKey: String?
    /// Where Amplitude keeps the project's data. The default is North America.
    package var region: AmplitudeRegion
    /// The scheme and host of a server that replaces Amplitude's, for tests.
    package var baseURL: String?
    package var compatibility: AmplitudeCompatibility

    package init(
        apiKey: String, secretKey: String? = nil, region: AmplitudeRegion = .northAmerica, baseURL: String? = nil,
        compatibility: AmplitudeCompatibility = .footfall
    ) {
        self.apiKey = apiKey
        self.secretKey = secretKey
        self.region = region
        self.baseURL = baseURL
        self.compatibility = compatibility
    }

    func url(_ endpoint: AmplitudeEndpoint) -> String { endpoint.url(region, baseURL: baseURL) }

    private static let parts = [
        Field.Part("apiKey", "API Key", .text), Field.Part("secretKey", "Secret Key", .text),
        Field.Part("endpoint", "Endpoint Region", .text, choices: AmplitudeRegion.allCases.map(\.rawValue)),
    ]

    /// Reads the settings of the original, `{"apiKey", "secretKey", "endpoint"}`. They are checked
    /// and coerced as the original does.
    package init(
        validating object: JSONObject, compatibility: AmplitudeCompatibility = .segment
    ) throws(PayloadError) {
        var error = PayloadError()
        for part in Self.parts where part.choices.isEmpty && object[part.key] == nil { error.addMissing(part.key) }
        var values: [String: String] = [:]
        for part in Self.parts {
            guard let value = object[part.key] else { continue }
            values[part.key] = PayloadReader.part(value, part, "/\(part.key)", &error)?.stringValue
        }
        guard error.faults.isEmpty else { throw error }
        self.init(
            apiKey: values["apiKey"] ?? "", secretKey: values["secretKey"],
            region: values["endpoint"].flatMap(AmplitudeRegion.init) ?? .northAmerica, compatibility: compatibility)
    }
}
