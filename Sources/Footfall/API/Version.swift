// SPDX-License-Identifier: MIT

/// What goes into `context.library` and the `User-Agent` of requests.
public enum FootfallVersion {
    package static let name = "footfall"
    public static let current = "0.1.0"
    /// When this version was made: 1 November 2026. A clock that is before it is
    /// wrong. A constant, so that builds can be reproduced.
    package static let date = Timestamp(milliseconds: 1_793_491_200_000)
}
