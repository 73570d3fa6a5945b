// SPDX-License-Identifier: MIT
import Footfall

extension Configured {
    /// Reads what the command `footfall` reads without options: the file of a profile, and the variables
    /// `FOOTFALL_CONFIG`, `FOOTFALL_PROFILE`, `FOOTFALL_WRITE_KEY`, `FOOTFALL_ENDPOINT` and `FOOTFALL_STATE_DIR`,
    /// which go before the file.
    ///
    /// - Parameter given: The name of the profile; `nil` for the one that `FOOTFALL_PROFILE` names, else `default`.
    package init(environmentOf given: String?, types: PluginTypes = .standard) throws(ConfigurationError) {
        let variable = StateLocation.environment("FOOTFALL_PROFILE")
        let profile = try ConfigurationProfile(
            name: given ?? variable ?? "default",
            source: given == nil && variable != nil ? "FOOTFALL_PROFILE" : "profile")
        var file = ConfigurationFile()
        var path = StateLocation.environment("FOOTFALL_CONFIG")
        if path == nil { path = try profile.file(cure: "; make it readable") }
        if let path {
            file = try ConfigurationFile(path: path)
        }
        if let key = try Self.writeKeyOfEnvironment() { file.configuration.writeKey = key }
        let endpoint = try Self.endpointOfEnvironment()
        if let directory = StateLocation.environment("FOOTFALL_STATE_DIR") {
            if let problem = StateLocation.problem(ofDirectory: directory) {
                throw ConfigurationError(file: "FOOTFALL_STATE_DIR", problem: problem)
            }
            file.configuration.stateDirectory = directory
        }
        try self.init(file, types, endpoint: endpoint?.url)
        if configuration.stateDirectory == nil { configuration.stateDirectory = profile.stateDirectory }
    }

    /// The key in `FOOTFALL_WRITE_KEY`; `nil` when the variable is missing or empty.
    package static func writeKeyOfEnvironment() throws(ConfigurationError) -> String? {
        guard let key = StateLocation.environment("FOOTFALL_WRITE_KEY").map(Secret.init), !key.isEmpty else {
            return nil
        }
        if let problem = key.problem { throw ConfigurationError(file: "FOOTFALL_WRITE_KEY", problem: problem) }
        return key.text
    }

    /// The address in `FOOTFALL_ENDPOINT`; `nil` when the variable is missing.
    package static func endpointOfEnvironment() throws(ConfigurationError) -> Endpoint? {
        guard let text = StateLocation.environment("FOOTFALL_ENDPOINT") else { return nil }
        guard let endpoint = Endpoint(text) else {
            throw ConfigurationError(file: "FOOTFALL_ENDPOINT", problem: "\(text): \(Endpoint.rule)")
        }
        return endpoint
    }
}
