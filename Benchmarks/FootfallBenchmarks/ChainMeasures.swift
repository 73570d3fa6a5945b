// SPDX-License-Identifier: MIT
import Footfall

/// Does nothing, as a plugin would that wants other events.
private final class PassThrough: Plugin {
    let type: PluginType
    init(_ type: PluginType) { self.type = type }
    func execute(_ event: inout Event) -> Verdict { .keep }
}

extension Measure {
    /// The chain without plugins, and what each plugin adds that lets every event pass.
    ///
    /// The chain takes an event over, so the benchmark copies it each time; a copy alone is
    /// measured in the same loop and subtracted.
    static let chain = Measure(name: "chain") { directory in
        let plugins = 10
        let times = 20_000
        let empty = Analytics(configuration: Configuration(writeKey: "KEY").stateDirectory("\(directory)/empty"))
        let full = Analytics(configuration: Configuration(writeKey: "KEY").stateDirectory("\(directory)/full"))
        for index in 0..<plugins { full.add(plugin: PassThrough(index % 2 == 0 ? .before : .enrichment)) }
        var corpus = Corpus()
        var event = Event(
            name: corpus.eventName(), properties: corpus.properties(),
            at: Moment(
                wall: Timestamp(milliseconds: 1_795_000_000_000), bootNanoseconds: 1, bootID: "bench"))
        event.anonymousId = "5f0c1f7e-3a53-4b6e-9d05-6a1c0f8f2f11"
        var numbers: (empty: [Double], plugin: [Double], copy: [Double]) = ([], [], [])
        // In turn, so that a busy moment of the machine slows both down.
        for round in 0..<40 {
            guard let without = empty.timeOfChain(event, times: times), let with = full.timeOfChain(event, times: times)
            else { return [] }
            guard round >= 5 else { continue }
            let perEvent = { (nanoseconds: Int64) in Double(nanoseconds) / Double(times) / 1_000 }
            numbers.empty.append(perEvent(without.chain - without.copies))
            numbers.plugin.append(perEvent(with.chain - without.chain) / Double(plugins))
            numbers.copy.append(perEvent(without.copies))
        }
        empty.close()
        full.close()
        return [
            ("empty", numbers.empty.median), ("plugin", numbers.plugin.median), ("copy", numbers.copy.median),
        ]
    }
}
