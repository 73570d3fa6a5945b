// SPDX-License-Identifier: MIT

/// What the store may hold after a cut: all it was since the last commit that
/// waited for the disk.
struct History {
    private var states = [Model()]

    var now: Model { states[states.count - 1] }

    mutating func commit(_ model: Model, hardened: Bool = false) {
        if hardened { states.removeAll(keepingCapacity: true) }
        states.append(model)
    }

    /// The power was cut and this was found; whether it can be.
    mutating func found(_ model: Model) -> Bool {
        guard states.contains(model) else { return false }
        states = [model]
        return true
    }
}
