// SPDX-License-Identifier: MIT
import Footfall

/// Numbers the events of all runs: the last number is in the store.
final class NumberEvents: StoragePlugin {
    let type = PluginType.enrichment
    var storage: PluginStorage?

    func execute(_ event: inout Event) -> Verdict {
        guard event.event == "Counted" else { return .keep }
        do {
            let number = (try storage?.value("number")?.intValue ?? 0) + 1
            try storage?.set("number", .int(number))
            event.properties["number"] = .int(number)
        } catch {
            say("error \(error)")
        }
        return .keep
    }
}
