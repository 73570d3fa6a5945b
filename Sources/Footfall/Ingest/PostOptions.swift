// SPDX-License-Identifier: MIT

/// How the mailbox handles one call, besides its event.
struct PostOptions {
    /// What a call does to the identity.
    enum IdentityChange { case none, identify, alias }

    var durability = Durability.process
    var closures: [EnrichmentClosure] = []
    /// Nanoseconds that the pipeline may wait for more.
    var linger = PostOptions.linger
    var overridesAnonymousId = false
    var overridesUserId = false
    var change = IdentityChange.none

    // Computed once: converting a Duration takes a division of 128 bits.
    private static let linger = Limits.linger.nanoseconds
}

extension Event {
    /// What the event does to the identity. One of the past changes nothing.
    var identityChange: PostOptions.IdentityChange {
        hasGivenTimestamp ? .none : type == .identify ? .identify : type == .alias ? .alias : .none
    }
}
