// SPDX-License-Identifier: MIT
import Footfall

/// Values that are put into events, to see whether a plugin keeps the events.
///
/// Swift copies the storage of an array when it is changed while another owner has it. So
/// when a value is changed in place, no event that had the value is in memory any more.
struct Tracer {
    private var values: [JSONObject] = []

    /// A value for the next event.
    mutating func next() -> JSONObject {
        let value: JSONObject = ["tracer": .int(Int64(values.count)), "seen": 0]
        values.append(value)
        return value
    }

    /// How many of the values are still in memory elsewhere.
    mutating func countHeld() -> Int {
        var held = 0
        for index in values.indices {
            let before = values[index].members.withUnsafeBufferPointer { $0.baseAddress }
            values[index]["seen"] = 1
            if values[index].members.withUnsafeBufferPointer({ $0.baseAddress }) != before { held += 1 }
        }
        return held
    }
}
