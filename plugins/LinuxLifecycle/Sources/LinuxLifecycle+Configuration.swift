// SPDX-License-Identifier: MIT
import Footfall
import FootfallJSON

extension LinuxLifecycle {
    /// Reads an object such as `{"events": ["Application Opened"], "patience": "2s", "observesLogind": true}`.
    ///
    /// A plugin of a configuration file tracks: the client's configuration has
    /// `trackApplicationLifecycleEvents(true)` then.
    public convenience init(_ configuration: ConfigurationObject) throws(ConfigurationError) {
        var object = configuration
        _ = try object.text("type")
        let events = try Self.events(&object)
        let patience = try object.duration("patience") ?? .seconds(1)
        let observesLogind = try object.flag("observesLogind") ?? true
        try object.finish()
        self.init(events: events, patience: patience, observesLogind: observesLogind)
    }

    private static func events(
        _ object: inout ConfigurationObject
    ) throws(ConfigurationError) -> Set<LifecycleEvent> {
        let known = LifecycleEvent.allCases.map(\.rawValue)
        guard let value = object.json("events") else { return Set(LifecycleEvent.allCases) }
        guard let names = value.arrayValue?.map(\.stringValue) else {
            throw object.error("events", "it must be an array of texts, this is \(value.kind)")
        }
        var events: Set<LifecycleEvent> = []
        for (number, name) in names.enumerated() {
            guard let name, let event = LifecycleEvent(rawValue: name) else {
                let question = Suggestion.question(for: name ?? "", among: known)
                throw object.error(
                    "events",
                    "\(name ?? "its element \(number + 1)") is none of \(known.joined(separator: ", "))\(question)")
            }
            events.insert(event)
        }
        return events
    }
}
