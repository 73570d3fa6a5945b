// SPDX-License-Identifier: MIT

/// Where Amplitude keeps a project's data.
public enum AmplitudeRegion: String, CaseIterable, Sendable {
    /// The default.
    case northAmerica = "north_america"
    /// The data centre in the European Union.
    case europe
}

/// The endpoints of Amplitude's API.
package enum AmplitudeEndpoint: String, CaseIterable, Sendable {
    /// HTTP V2, for events.
    case httpapi
    /// For many events; throttled less than ``httpapi``.
    case batch
    case identify
    case groupIdentify = "groupidentify"
    case userMap = "usermap"
    /// Finds a user; used only to test the keys.
    case userSearch = "usersearch"
    /// Deletes users.
    case deletions

    /// The address; for tests `baseURL` replaces its scheme and host.
    package func url(_ region: AmplitudeRegion, baseURL: String? = nil) -> String { (baseURL ?? host(region)) + path }

    private var path: String {
        switch self {
        case .httpapi: "/2/httpapi"
        case .batch, .identify, .groupIdentify, .userMap: "/\(rawValue)"
        case .userSearch: "/api/2/usersearch"
        case .deletions: "/api/2/deletions/users"
        }
    }

    private func host(_ region: AmplitudeRegion) -> String {
        switch (self, region) {
        case (.userSearch, .northAmerica), (.deletions, .northAmerica): "https://amplitude.com"
        case (.userSearch, .europe), (.deletions, .europe): "https://analytics.eu.amplitude.com"
        case (.userMap, .northAmerica): "https://api.amplitude.com"
        case (_, .northAmerica): "https://api2.amplitude.com"
        case (_, .europe): "https://api.eu.amplitude.com"
        }
    }

    /// The most items and bytes of a request, by Amplitude's documentation. It names no limit for
    /// identify and groupidentify; theirs are those of HTTP V2.
    package var limit: (items: Int, bytes: Int) {
        switch self {
        case .batch: (2_000, 20_000_000)
        default: (2_000, 1_000_000)
        }
    }
}
