// SPDX-License-Identifier: MIT

/// Keeps objects so that any thread can reuse them.
final class Pool<Element: AnyObject>: Sendable {
    private let free = Guarded<[Element]>([])
    private let limit: Int

    /// - Parameter limit: How many objects are kept. Others are freed.
    init(keepingAtMost limit: Int) { self.limit = limit }

    /// Removes an object from the pool; `nil` when the pool is empty.
    func take() -> Element? { free.withLock { Transfer($0.popLast()) }.element }

    func give(_ element: Element) {
        let element = Transfer(element)
        free.withLock { free in
            if free.count < limit, let element = element.element { free.append(element) }
        }
    }
}

/// Moves an object into and out of the lock. Only one thread has it at a time.
private struct Transfer<Element>: @unchecked Sendable {
    let element: Element?
    init(_ element: Element?) { self.element = element }
}
