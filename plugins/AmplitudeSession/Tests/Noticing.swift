// SPDX-License-Identifier: MIT
import Footfall
import TestSupport

/// Says when it sees an event.
final class Noticing: Plugin {
    let type = PluginType.after
    let name: String
    private let signal: Signal

    init(_ name: String, _ signal: Signal) {
        self.name = name
        self.signal = signal
    }

    func execute(_ event: inout Event) -> Verdict {
        if event.event == name { signal.raise() }
        return .keep
    }
}
