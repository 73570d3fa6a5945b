// SPDX-License-Identifier: MIT
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// The header documents the functions.
import CFootfall
import CSystem
import Footfall
import Glibc

/// The version as a text for C, which is never freed.
private let versionText = UInt(bitPattern: strdup(FootfallVersion.current))

@c @implementation
public func footfall_version() -> UnsafePointer<CChar>! { UnsafePointer(bitPattern: versionText) }

@c @implementation
public func footfall_version_number() -> Int32 {
    FootfallVersion.current.split(separator: ".").reduce(0) { $0 * 1_000 + (Int32($1) ?? 0) }
}

@c @implementation
public func footfall_last_error() -> UnsafePointer<CChar>! { ftf_message() }

@c @implementation
public func footfall_status_name(_ status: footfall_status) -> UnsafePointer<CChar>! {
    let name: StaticString =
        switch status {
        case FOOTFALL_OK: "ok"
        case FOOTFALL_INVALID: "invalid"
        case FOOTFALL_CLOSED: "closed"
        case FOOTFALL_TIMEOUT: "timeout"
        case FOOTFALL_BLOCKED: "blocked"
        case FOOTFALL_WOULD_DEADLOCK: "would deadlock"
        case FOOTFALL_UNAVAILABLE: "unavailable"
        default: "unknown"
        }
    return UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
}
