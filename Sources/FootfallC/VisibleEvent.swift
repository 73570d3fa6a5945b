// SPDX-License-Identifier: MIT
import CFootfall
import Footfall
import Glibc

/// What a `footfall_event *` points to: the event that a plugin sees, while `execute` runs.
final class VisibleEvent {
    private var event: Event?
    /// Copies of texts that the plugin reads. They live until `execute` returns.
    private var texts: [UnsafeMutablePointer<CChar>] = []

    func show(_ shown: inout Event, _ body: (OpaquePointer) -> Int32) -> Int32 {
        event = shown
        let result = body(OpaquePointer(Unmanaged.passUnretained(self).toOpaque()))
        if let changed = event { shown = changed }
        event = nil
        for text in texts { free(text) }
        texts.removeAll(keepingCapacity: true)
        return result
    }

    static func known(_ pointer: OpaquePointer?) throws(CallProblem) -> VisibleEvent {
        guard let pointer else { throw .invalid("event is NULL") }
        return Unmanaged<VisibleEvent>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
    }

    /// The whole event as JSON.
    func json() throws(CallProblem) -> UnsafePointer<CChar>? {
        guard let event else { throw .invalid("the event is used outside of execute") }
        return keep(event.jsonText)
    }

    private func keep(_ text: String) -> UnsafePointer<CChar>? {
        guard let copy = strdup(text) else { return nil }
        texts.append(copy)
        return UnsafePointer(copy)
    }
}
