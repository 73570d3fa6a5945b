// SPDX-License-Identifier: MIT

/// What became of a batch that was stored past the spool.
package struct BatchReport: Sendable {
    /// Events in the store, without session markers.
    package var stored = 0
    /// Events that are not stored, by their place in the batch, and why.
    package var rejected: [(index: Int, reason: DropReason)] = []
    /// The store has no room; nothing was stored.
    package var isFull = false
    /// Why nothing could be stored.
    package var error: FootfallError?
}
