// SPDX-License-Identifier: MIT
import Footfall
import FootfallJSON

/// A destination of a configuration file.
///
/// ```json
/// {"type": "amplitude", "apiKey": "KEY", "endpoint": "europe",
///  "mappings": [{"name": "Doors", "subscribe": "type = \"track\"", "action": "logEventV2",
///                "mapping": {"event_type": {"@path": "$.event"}, "user_id": {"@path": "$.userId"}}}]}
/// ```
///
/// A mapping that cannot be used is listed in ``problems``, and the other mappings are used.
/// Settings that cannot be used are an error.
package struct AmplitudeConfiguration: Sendable {
    /// The identity in the store. The default is `amplitude`.
    package var name: String
    package var mapper: AmplitudeMapper
    /// Whether plain http is allowed to other machines, for a `baseURL` in tests.
    package var allowsInsecure: Bool
    /// Whether events for the same endpoint with the same options go in one request. The default
    /// is true.
    package var mergesCalls: Bool
    /// Whether identify calls are sent as `$identify` events, together with the other events.
    /// The default is false.
    package var sendsIdentifiesAsEvents: Bool
    /// Whether JSON requests are compressed with gzip. The default is true. Form requests never
    /// are.
    package var compresses = true
    /// Why no request may be made; `nil` when it may. The keys of a configuration file are checked
    /// when it is read.
    package var keyProblem: String?
    /// What is wrong with the mappings, each with its place, and with the keys.
    package var problems: [String]
    /// Whether group calls have a mapping.
    package var mapsGroups: Bool

    /// - Parameters:
    ///   - configuration: The destination's object in a configuration file.
    ///   - sources: Where the keys are read from that are not in the object.
    /// - Throws: ConfigurationError, with the key and its line.
    package init(
        _ configuration: ConfigurationObject, from sources: SecretSources = .system
    ) throws(ConfigurationError) {
        var object = configuration
        _ = try object.text("type")
        _ = try object.flag("enabled")
        name = try object.text("name") ?? "amplitude"
        mergesCalls = try object.flag("merge") ?? true
        sendsIdentifiesAsEvents = try object.flag("identifyAsEvents") ?? false
        allowsInsecure = try object.flag("allowInsecure") ?? false
        compresses = try object.flag("gzip") ?? true
        let settings = try Self.settings(&object, allowsInsecure, sources)
        let additions = try Self.additions(&object)
        var mappings: [AmplitudeMapping] = []
        problems = []
        if let objects = try object.objects("mappings") {
            guard objects.count <= AmplitudeMapper.maximumMappings else {
                throw object.error(
                    "mappings",
                    "there are \(objects.count); a destination has at most \(AmplitudeMapper.maximumMappings)")
            }
            for (index, object) in objects.enumerated() {
                let mapping = try Self.mapping(object, number: index + 1)
                // If several mappings apply to an event, the name is part of the insert_id.
                guard !mappings.contains(where: { $0.name.isIdentical(to: mapping.name) }) else {
                    throw object.error("name", "two mappings are called \(mapping.name); give one another name")
                }
                mappings.append(mapping)
                problems += mapping.problems.map { object.error("", $0).description }
            }
            for key in Self.presetKeys where object.json(key) != nil {
                throw object.error(key, "it changes the presets, which are not used when there are mappings")
            }
            mapsGroups = mappings.contains { $0.action == .groupIdentifyUser }
        } else {
            let group = try Self.group(&object)
            mappings = try Self.presets(&object, group).map(AmplitudeMapping.init)
            mapsGroups = group != nil
        }
        try object.finish()
        mapper = AmplitudeMapper(settings: settings, mappings: mappings, additions: additions)
    }

    /// The presets, with settings that are made in code.
    package init(name: String = "amplitude", settings: AmplitudeSettings) {
        self.name = name
        var settings = settings
        let apiKey = Secret(settings.apiKey)
        let secretKey = settings.secretKey.map(Secret.init)
        settings.apiKey = apiKey.text
        settings.secretKey = secretKey.flatMap { $0.isEmpty ? nil : $0.text }
        mapper = AmplitudeMapper(settings: settings, mappings: Preset.standard.map(AmplitudeMapping.init))
        allowsInsecure = false
        mergesCalls = true
        sendsIdentifiesAsEvents = false
        keyProblem =
            apiKey.isEmpty
            ? "apiKey: it is missing; give it to AmplitudeActions"
            : apiKey.problem.map { "apiKey: \($0)" } ?? secretKey?.problem.map { "secretKey: \($0)" }
        problems = keyProblem.map { ["\($0); nothing is sent to it until then"] } ?? []
        mapsGroups = false
    }

    /// The keys that change the presets.
    private static let presetKeys = [
        "groupType", "groupValue", "deviceId", "revenueV2", "useBatchEndpoint", "trackRevenuePerProduct", "minIdLength",
    ]

    private static func settings(
        _ object: inout ConfigurationObject, _ allowsInsecure: Bool, _ sources: SecretSources
    ) throws(ConfigurationError) -> AmplitudeSettings {
        let apiKey = try object.secret("apiKey", from: sources)
        let secretKey = try object.secret("secretKey", from: sources)
        guard let apiKey else {
            throw object.error("apiKey", "it is missing; give \(SecretPlaces(of: "apiKey").list(joined: "or"))")
        }
        let regionName = try object.text("endpoint") ?? AmplitudeRegion.northAmerica.rawValue
        guard let region = AmplitudeRegion(rawValue: regionName) else {
            let known = AmplitudeRegion.allCases.map(\.rawValue).joined(separator: " nor ")
            throw object.error("endpoint", "\(regionName) is neither \(known)")
        }
        let baseURL = try object.text("baseURL")
        if let baseURL, Endpoint(baseURL, allowsInsecure: allowsInsecure) == nil {
            throw object.error("baseURL", "\(baseURL): \(Endpoint.rule)")
        }
        let compatibilityName = try object.text("compatibility") ?? AmplitudeCompatibility.footfall.rawValue
        guard let compatibility = AmplitudeCompatibility(rawValue: compatibilityName) else {
            throw object.error("compatibility", "\(compatibilityName) is neither footfall nor segment")
        }
        return AmplitudeSettings(
            apiKey: apiKey, secretKey: secretKey, region: region, baseURL: baseURL.map(withoutSlash),
            compatibility: compatibility)
    }

    private static func withoutSlash(_ url: String) -> String { url.hasSuffix("/") ? String(url.dropLast()) : url }

    private static func additions(_ object: inout ConfigurationObject) throws(ConfigurationError) -> EventAdditions {
        var additions = EventAdditions.servers
        switch try object.text("ip") {
        case nil, "remote": break
        case "off": additions.addsRemoteAddress = false
        case let other?: throw object.error("ip", "\(other) is neither remote nor off")
        }
        additions.addsInsertID = try object.flag("insertId") ?? true
        return additions
    }
}

extension AmplitudeConfiguration {
    private static func mapping(
        _ configuration: ConfigurationObject, number: Int
    ) throws(ConfigurationError) -> AmplitudeMapping {
        var object = configuration
        let name = try object.text("name") ?? "mapping \(number)"
        guard let actionName = try object.text("action") else {
            throw object.error("action", "it is missing; it names one of the six actions")
        }
        let action = AmplitudeAction(rawValue: actionName)
        let subscribe = try object.text("subscribe") ?? action?.defaultTrigger
        let mapping: JSONObject
        switch object.json("mapping") {
        case nil, "default"?: mapping = action?.defaultMapping ?? [:]
        case .object(let given)?: mapping = given
        case let other?: throw object.error("mapping", "it must be an object or \"default\", this is \(other.kind)")
        }
        var changes: JSONObject = [:]
        switch object.json("override") {
        case nil: break
        case .object(let given)?: changes = given
        case let other?: throw object.error("override", "it must be an object, this is \(other.kind)")
        }
        try object.finish()
        var whole = mapping
        whole.merge(changes)
        return AmplitudeMapping(name: name, subscribe: subscribe, action: actionName, mapping: whole)
    }

    /// Reads `groupType` and `groupValue`. A text that begins with `$.` is a path, an object is
    /// part of a mapping.
    private static func group(
        _ object: inout ConfigurationObject
    ) throws(ConfigurationError) -> (type: JSON, value: JSON)? {
        func part(_ value: JSON?) -> JSON? {
            guard case .string(let text)? = value, text.hasPrefix("$.") else { return value }
            return ["@path": .string(text)]
        }
        switch (part(object.json("groupType")), part(object.json("groupValue"))) {
        case (nil, nil): return nil
        case (let type?, let value?): return (type, value)
        case (nil, _): throw object.error("groupType", "it is missing beside groupValue")
        case (_, nil): throw object.error("groupValue", "it is missing beside groupType")
        }
    }

    private static func presets(
        _ object: inout ConfigurationObject, _ group: (type: JSON, value: JSON)?
    ) throws(ConfigurationError) -> [Preset] {
        var presets = try object.flag("revenueV2") ?? false ? Preset.standardWithRevenueV2 : Preset.standard
        if let group { presets.append(Preset.group(type: group.type, value: group.value)) }
        switch try object.text("deviceId") {
        case nil, "device": break
        case "anonymousId": presets = presets.map { $0.withDeviceFromAnonymousId() }
        case let other?: throw object.error("deviceId", "\(other) is neither device nor anonymousId")
        }
        let values: [(FieldKey, JSON?)] = [
            (.useBatchEndpoint, try object.flag("useBatchEndpoint").map(JSON.bool)),
            (.trackRevenuePerProduct, try object.flag("trackRevenuePerProduct").map(JSON.bool)),
            (.minimumIDLength, try object.count("minIdLength").map { .int(Int64($0)) }),
        ]
        for case (let key, let value?) in values { presets = presets.map { $0.with(key, value) } }
        return presets
    }

    /// Why an event is not sent although its caller may expect it; `nil` for other events.
    package func explanation(for event: JSON) -> String? {
        guard event.objectValue?["type"] == "group", !mapsGroups else { return nil }
        return "group calls are not sent: Amplitude wants a group's type and value, "
            + "configure groupType and groupValue (for example \"company\" and \"$.groupId\")"
    }
}
