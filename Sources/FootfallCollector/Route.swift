// SPDX-License-Identifier: MIT

/// Where a path leads.
enum Route: Equatable {
    case collect(CollectorEndpoint)
    case settings(writeKey: String)

    /// `nil` when the path is unknown.
    init?(path: String) {
        switch path {
        case "/v1/b", "/v1/batch", "/v1/import": self = .collect(.batch)
        case "/v1/t", "/v1/track": self = .collect(.track)
        case "/v1/i", "/v1/identify": self = .collect(.identify)
        case "/v1/p", "/v1/page": self = .collect(.page)
        case "/v1/s", "/v1/screen": self = .collect(.screen)
        case "/v1/g", "/v1/group": self = .collect(.group)
        case "/v1/a", "/v1/alias": self = .collect(.alias)
        case "/2/httpapi", "/batch": self = .collect(.amplitudeEvents)
        case "/identify", "/groupidentify": self = .collect(.amplitudeIdentify)
        case "/usermap": self = .collect(.amplitudeUserMap)
        case "/api/2/deletions/users": self = .collect(.amplitudeDeletion)
        case "/webhook": self = .collect(.webhook)
        default:
            if path.hasPrefix("/webhook/") {
                self = .collect(.webhook)
            } else if let key = Route.settingsKey(of: path) {
                self = .settings(writeKey: key)
            } else {
                return nil
            }
        }
    }

    /// The HTTP method of the route.
    var method: String {
        switch self {
        case .collect: "POST"
        case .settings: "GET"
        }
    }

    private static func settingsKey(of path: String) -> String? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "v1", parts[2] == "projects", parts[4] == "settings",
            !parts[3].isEmpty
        else { return nil }
        return String(parts[3])
    }
}
