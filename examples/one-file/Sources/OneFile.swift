// SPDX-License-Identifier: MIT
import Footfall
import FootfallConfigured

/// An app that takes its configuration and its plugins from a file, and adds two types of its own.
@main
struct OneFile {
    static func main() throws {
        let types = PluginTypes.standard
            .plugin("AddStore") { try AddStore($0) }
            .destination("stock") { try StockDestination($0) }
        var configured = try Configured(profile: "kiosk", types: types)
        configured.configuration = configured.configuration.errorHandler { print("! \($0)") }
        for warning in configured.warnings { print("warning: \(warning)") }
        let analytics = configured.makeAnalytics()
        analytics.track(name: "Order Completed", properties: ["total": 59.90])
        let report = analytics.flush(timeout: .seconds(10))
        for problem in report.problems { print("! \(problem)") }
        analytics.close()
    }
}

/// Adds `context.store`.
final class AddStore: Plugin {
    let name = "AddStore"
    let type = PluginType.enrichment
    private let store: String

    init(_ configuration: ConfigurationObject) throws(ConfigurationError) {
        var object = configuration
        guard let store = try object.text("store") else { throw object.error("store", "it is missing") }
        self.store = store
        try object.finish()
    }

    func execute(_ event: inout Event) -> Verdict {
        event.context["store"] = .string(store)
        return .keep
    }
}
