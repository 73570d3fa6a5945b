// SPDX-License-Identifier: MIT

/// The kind of request that a path accepts.
package enum CollectorEndpoint: Sendable, Equatable {
    /// `/v1/b`, `/v1/batch` and `/v1/import`: an object with a `batch` of events.
    case batch
    /// `/v1/t` and `/v1/track`: one event.
    case track
    /// `/v1/i` and `/v1/identify`: one event.
    case identify
    /// `/v1/p` and `/v1/page`: one event.
    case page
    /// `/v1/s` and `/v1/screen`: one event.
    case screen
    /// `/v1/g` and `/v1/group`: one event.
    case group
    /// `/v1/a` and `/v1/alias`: one event.
    case alias
    /// `/2/httpapi` and `/batch`: an object with `events`, for Amplitude.
    case amplitudeEvents
    /// `/identify` and `/groupidentify`: a form with an `identification`.
    case amplitudeIdentify
    /// `/usermap`: a form with a `mapping`.
    case amplitudeUserMap
    /// `/api/2/deletions/users`: an object with the users to delete.
    case amplitudeDeletion
    /// `/webhook` and the paths below it: a JSON array, or one JSON value per line.
    case webhook
}

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
