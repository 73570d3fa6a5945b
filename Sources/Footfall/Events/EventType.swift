// SPDX-License-Identifier: MIT

/// The six calls of the Segment specification.
public enum EventType: String, Sendable, CaseIterable {
    case track, identify, screen, page, group, alias
}
