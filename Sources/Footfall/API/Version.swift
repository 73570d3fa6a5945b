// SPDX-License-Identifier: MIT

/// The version of this library, as in `context.library` and in the `User-Agent` of requests.
public enum FootfallVersion {
    /// The library's name.
    package static let name = "footfall"
    /// The version, as `0.2.0`.
    public static let current = "0.2.0"
    /// When this version was made: 1 November 2026. A clock that shows an earlier time
    /// is wrong. It is a constant so that builds can be reproduced.
    package static let date = Timestamp(milliseconds: 1_793_491_200_000)
}
