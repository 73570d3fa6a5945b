// SPDX-License-Identifier: MIT
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// The header documents the functions.
import CFootfall
import Footfall
import FootfallConfigured

@c @implementation
public func footfall_new(
    _ configuration_json: UnsafePointer<CChar>!, _ host: UnsafePointer<footfall_host>!
) -> OpaquePointer! {
    makeClient(host, needsApplication: true) { () throws(CallProblem) in
        let text = try Arguments.text(configuration_json, "configuration_json") ?? ""
        return try reading { () throws(ConfigurationError) in try Configured(json: text.isBlank ? "{}" : text) }
    }
}

@c @implementation
public func footfall_new_from_file(
    _ path: UnsafePointer<CChar>!, _ host: UnsafePointer<footfall_host>!
) -> OpaquePointer! {
    makeClient(host, needsApplication: true) { () throws(CallProblem) in
        let path = try Arguments.required(path, "path")
        return try reading { () throws(ConfigurationError) in try Configured(file: path) }
    }
}

@c @implementation
public func footfall_new_from_profile(
    _ profile: UnsafePointer<CChar>!, _ host: UnsafePointer<footfall_host>!
) -> OpaquePointer! {
    // The profile names the store, so an application is not needed for it.
    makeClient(host, needsApplication: false) { () throws(CallProblem) in
        let name = try Arguments.text(profile, "profile")
        return try reading { () throws(ConfigurationError) in try Configured(environmentOf: name) }
    }
}

@c @implementation
public func footfall_close(_ client: OpaquePointer!, _ timeout_ms: Int32) -> footfall_status {
    reportingStatus { () throws(CallProblem) in
        try Client.known(client).close(within: .milliseconds(Int(max(timeout_ms, 0))))
    }
}

@c @implementation
public func footfall_free(_ client: OpaquePointer!) {
    guard let client else { return }
    reporting(()) { () throws(CallProblem) in
        let known = try Client.known(client)
        if known.isInCallback {
            known.endCallbacks()
        } else if !known.isClosed {
            _ = try known.close(within: .zero)
        }
    }
    Client.free(client)
}

private func reading(
    _ body: () throws(ConfigurationError) -> Configured
) throws(CallProblem) -> Configured {
    do throws(ConfigurationError) {
        return try body()
    } catch {
        throw .invalid(error.description)
    }
}

/// Makes a client. Whatever happens, `release` of the host is called once.
private func makeClient(
    _ pointer: UnsafePointer<footfall_host>?, needsApplication: Bool, _ configure: () throws(CallProblem) -> Configured
) -> OpaquePointer? {
    reporting(nil) { () throws(CallProblem) in
        var host = Host()
        if let pointer { host = try Host(pointer) }
        return try host.callbacks.making { () throws(CallProblem) in
            var configured = try configure()
            try host.apply(to: &configured.configuration, needsApplication: needsApplication)
            let warnings = configured.warnings
            let client = Client(configured.makeAnalytics(), host: host.callbacks)
            for warning in warnings {
                client.analytics.report(FootfallError(.invalidConfiguration, "warning: \(warning)"))
            }
            return client.makePointer()
        }
    }
}
