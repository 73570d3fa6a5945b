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

extension CollectorEndpoint {
    /// The `type` of an event that has none itself; `nil` where the path does not say it.
    var eventType: StaticString? {
        switch self {
        case .track: "track"
        case .identify: "identify"
        case .page: "page"
        case .screen: "screen"
        case .group: "group"
        case .alias: "alias"
        case .batch, .amplitudeEvents, .amplitudeIdentify, .amplitudeUserMap, .amplitudeDeletion, .webhook: nil
        }
    }
}
