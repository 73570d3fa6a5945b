// SPDX-License-Identifier: MIT
import Footfall

/// Adds the branch of the shop to each event.
public final class StoreBranch: Plugin {
    /// It adds to events.
    public let type = PluginType.enrichment
    private let branch: String

    /// Makes the plugin of one branch.
    public init(_ branch: String) { self.branch = branch }

    /// Adds the branch.
    public func execute(_ event: inout Event) -> Verdict {
        event.context["store"] = ["branch": .string(branch)]
        return .keep
    }
}
