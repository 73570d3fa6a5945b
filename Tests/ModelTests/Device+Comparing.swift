// SPDX-License-Identifier: MIT
import FootfallStore

@testable import Footfall

extension Device {
    /// Compares the sums each time, and each row only now and then.
    func compare(isThorough: Bool) throws {
        let model = history.now
        let difference: String? = try store.withStore { (store) throws(StoreError) in
            if let difference = try model.differenceOfSums(store) { return difference }
            guard isThorough else { return nil }
            let found = try Model(store)
            return found == model ? nil : "there is \(found)\nit should be \(model)"
        }
        if let difference { throw Difference(difference) }
    }

    /// After a cut: one of the states since the last that was waited for.
    func lookWhatIsLeft() throws {
        let found = try store.withStore { (store) throws(StoreError) in try Model(store) }
        let before = history
        guard history.found(found) else { throw Difference("the cut left \(found)\nof \(before)") }
        for destination in servers.indices {
            let waiting = found.rows.filter { $0.parts[destination] == .queued }.map(\.number)
            servers[destination].mayRepeat.formUnion(servers[destination].arrived.intersection(waiting))
        }
    }

    /// Everything can be delivered in the end.
    func finish() throws {
        disk.setFull(false)
        disk.start()
        // Another process goes on, or the same one.
        if random.next() % 2 == 0 { try restart() }
        for _ in 0..<400 {
            if history.now.isDelivered { return try compare(isThorough: true) }
            time.boot += 4_000_000_000_000
            for destination in machines.indices { try upload(destination, .names, false, atMost: 100) }
        }
        throw Difference("\(history.now) is never delivered")
    }
}
