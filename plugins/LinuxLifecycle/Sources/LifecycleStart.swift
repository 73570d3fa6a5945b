// SPDX-License-Identifier: MIT
import Footfall

/// Decides which events a start has, and what it stores for the next start. Pure.
struct LifecycleStart {
    /// An event and its properties.
    typealias Occurrence = (event: LinuxLifecycle.LifecycleEvent, properties: JSONObject)

    /// The id of the application; empty without one.
    let id: String
    private let version: String
    private let build: String

    init(_ application: Configuration.Application?) {
        id = application?.id ?? ""
        version = application?.version ?? ""
        build = application?.build ?? ""
    }

    private var versionKey: String { "lifecycle.\(id).version" }
    private var buildKey: String { "lifecycle.\(id).build" }

    private var reportedKey: String { "lifecycle.\(id).reported" }

    /// The keys of the store's key-value table that a start needs.
    var keys: [String] { [versionKey, buildKey, reportedKey] }

    /// What the next start needs.
    ///
    /// - Parameter reported: The files of the deaths that this start reports.
    func values(reported: [String]) -> [String: String] {
        [versionKey: version, buildKey: build, reportedKey: reported.joined(separator: " ")]
    }

    /// The files of the deaths that the last start reported. They are still there if it ended
    /// before it could remove them.
    func reported(_ stored: [String: String]) -> Set<String> {
        Set((stored[reportedKey] ?? "").split(separator: " ").map(String.init))
    }

    /// The properties that most events have.
    var versions: JSONObject { ["version": .string(version), "build": .string(build)] }

    /// The events of this start.
    ///
    /// - Parameters:
    ///   - stored: The values of the last start; empty at the first one.
    ///   - deaths: How earlier instances died since the last start.
    func events(_ stored: [String: String], deaths: [DeadInstance.Death]) -> [Occurrence] {
        var events: [Occurrence] = []
        if deaths.contains(.crash) { events.append((.crashed, versions)) }
        if let before = stored[buildKey] {
            if before != build || stored[versionKey] != version {
                var properties = versions
                properties["previous_version"] = .string(stored[versionKey] ?? "")
                properties["previous_build"] = .string(before)
                events.append((.updated, properties))
            }
        } else {
            events.append((.installed, versions))
        }
        var opened: JSONObject = ["from_background": false]
        opened.merge(versions)
        if deaths.contains(.power), !deaths.contains(.crash) { opened["reason"] = "power" }
        events.append((.opened, opened))
        return events
    }
}
