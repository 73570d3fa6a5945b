// SPDX-License-Identifier: MIT
import CLimits
import Footfall

/// One call every 200 µs, each timed on its own. The thread spins between the calls: after
/// sleeping, each call would include the time in which the kernel wakes the thread.
private let pace: Int64 = 200_000
private let calls = 20_000

private func paced(_ directory: String, _ durability: Durability) -> [(String, Double)] {
    let analytics = Analytics(
        configuration: Configuration(writeKey: "KEY").application(id: "com.example.Bench", version: "1.0")
            .stateDirectory(directory))
    let options = CallOptions(durability: durability)
    var took: [Int64] = []
    took.reserveCapacity(calls)
    // The first calls start a thread and create the store.
    for _ in 0..<500 { analytics.track(name: "warm", options: options) }
    _ = analytics.store(timeout: .seconds(10))
    var making: [Int64] = []
    making.reserveCapacity(calls)
    var next = ftf_limits_now()
    for index in 0..<calls {
        while ftf_limits_now() < next {}
        let first = ftf_limits_now()
        let properties: JSONObject = [
            "order_id": "ord_50314b8e", "product": "Espresso doppio", "category": "beverages", "store": "Brixton",
            "referrer": "https://www.example.com/menu", "label": "kiosk-07", "quantity": 2,
            "position": .int(Int64(index)), "total": 59.9, "coupon_used": false,
        ]
        let begin = ftf_limits_now()
        analytics.track(name: "Order Completed", properties: properties, options: options)
        let end = ftf_limits_now()
        making.append(begin - first)
        took.append(end - begin)
        next = first + pace
    }
    analytics.close(timeout: .seconds(10))
    return numbers(took) + [("literal", making.percentile(50) / 1_000)]
}

private func numbers(_ took: [Int64]) -> [(String, Double)] {
    [
        ("p50", took.percentile(50) / 1_000), ("p99", took.percentile(99) / 1_000),
        ("p99.9", took.percentile(99.9) / 1_000),
    ]
}

extension Measure {
    /// The default: the event is in the spool when the call returns.
    static let pacedSpool = Measure(name: "paced") { paced($0, .process) }

    /// The event is only handed over to the pipeline's thread.
    static let pacedDeferred = Measure(name: "deferred") { paced($0, .deferred) }

    /// The limit for calls that write to a file: the write(2) alone.
    static let pacedWrite = Measure(name: "paced-write") { directory in
        var took = [Int64](repeating: 0, count: calls)
        guard ftf_limits_paced_write("\(directory)/spool", 480, Int32(calls), pace, &took) == 0 else { return [] }
        return numbers(took)
    }
}
