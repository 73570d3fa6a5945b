// SPDX-License-Identifier: MIT

/// What goes into `context.library` and the `User-Agent` of requests.
public enum FootfallVersion {
    public static let name = "footfall"
    public static let current = "0.1.0"
}
