// SPDX-License-Identifier: MIT
import Footfall
import Glibc

extension Measure {
    /// The peak memory of a process with 100,000 queued events.
    static let queuedMemory = Measure(name: "queued") { directory in
        let analytics = Analytics(
            configuration: Configuration(writeKey: "KEY").application(id: "com.example.Bench", version: "1.0")
                .stateDirectory(directory).flushAt(.max).flushInterval(.zero).errorHandler(printError))
        let count = 100_000
        for index in 0..<count {
            if index % 500 == 0 {
                while Int64(index) - analytics.counters.stored > 25_000 { usleep(500) }
            }
            analytics.track(name: "Order Completed", properties: small(index))
        }
        guard analytics.store(timeout: .seconds(60)) == nil, analytics.counters.stored == Int64(count) else {
            return failed(analytics)
        }
        return [("peak", Child.memory("VmHWM") / 1_024), ("end", Child.memory("VmRSS") / 1_024)]
    }

    /// A million calls as fast as one thread can make them. Most events are dropped and
    /// counted; memory must not grow.
    static let floodMemory = Measure(name: "flood") { directory in
        let analytics = Analytics(
            configuration: Configuration(writeKey: "KEY").application(id: "com.example.Bench", version: "1.0")
                .stateDirectory(directory).flushAt(.max).flushInterval(.zero))
        analytics.track(name: "first")
        guard analytics.store(timeout: .seconds(10)) == nil else { return [] }
        let start = Child.memory("VmRSS")
        let count = 1_000_000
        for index in 0..<count { analytics.track(name: "Order Completed", properties: small(index)) }
        guard analytics.store(timeout: .seconds(120)) == nil else { return [] }
        let counters = analytics.counters
        // An evicted event was stored before, so it is counted already.
        let dropped = counters.dropped.filter { $0.key != .evicted }.values.reduce(0, +)
        return [
            ("growth", (Child.memory("VmHWM") - start) / 1_024), ("start", start / 1_024),
            ("missing", Double(Int64(count + 1) - counters.stored - dropped).magnitude),
            ("stored", Double(counters.stored)),
        ]
    }

    private static func small(_ index: Int) -> JSONObject {
        ["order": .int(Int64(index)), "product": "Espresso doppio", "store": "Brixton", "total": 59.9, "paid": true]
    }
}
