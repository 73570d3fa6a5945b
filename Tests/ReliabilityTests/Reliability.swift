// SPDX-License-Identifier: MIT
import Testing

extension Tag {
    /// Starts processes of its own.
    @Tag static var reliability: Self
}

/// What a host may do to the client at any moment: die, fork, exit, block.
///
/// One test at a time: each starts processes of its own, and some look at how
/// long things take.
@Suite(.serialized, .tags(.reliability), .timeLimit(.minutes(2)))
enum Reliability {}
