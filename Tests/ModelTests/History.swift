// SPDX-License-Identifier: MIT

/// The states that a store may have after a power cut: each one since the last commit that
/// waited for the disk.
struct History {
    private var states = [Model()]
    /// What a commit that is under way makes of it.
    private var next: Model?

    var now: Model { states[states.count - 1] }

    mutating func begin(_ model: Model) { next = model }

    mutating func commit(_ model: Model, synced: Bool = false) {
        next = nil
        // Nothing that the model knows has changed.
        if !synced, model == now { return }
        if synced { states.removeAll(keepingCapacity: true) }
        states.append(model)
    }

    /// The commit was refused.
    mutating func refuse() { next = nil }

    /// The power was cut and this was found; whether it can be.
    mutating func found(_ model: Model) -> Bool {
        guard states.contains(model) || next == model else { return false }
        states = [model]
        next = nil
        return true
    }
}
