// SPDX-License-Identifier: MIT
import Testing

extension Tag {
    /// Starts processes of its own.
    @Tag static var reliability: Self
}

/// What a host may do to the client at any moment (die, fork, exit, block), and
/// what the machine and the network may do to both.
///
/// One test at a time: each starts processes of its own, and some measure how long
/// something takes. With `FOOTFALL_SOAK=1` they try much more often; see `make soak`.
@Suite(.serialized, .tags(.reliability), .timeLimit(isSoak ? .minutes(240) : .minutes(2)))
enum Reliability {}
