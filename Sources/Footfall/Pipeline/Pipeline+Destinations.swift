// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore

// The rows of the destinations, and what follows when another process changed them.
extension Pipeline {
    /// Gives each destination its row; what was stored while there was none goes
    /// to the first one.
    func registerDestinations() throws(StoreError) {
        let missing = timeline.destinations.filter { runner.rows[$0.name] == nil && $0.makeDelivery() != nil }
        guard !missing.isEmpty, clock.boot() >= registrationAt else { return }
        let registrar = DestinationRegistrar(gate: runtime.gate, directory: runtime.directory)
        let wanted = timeline.destinations.map(\.name)
        do throws(StoreError) {
            let rows = try registrar.register(missing.map { ($0.name, $0.key) }, besides: wanted)
            for row in rows where missing.contains(where: { $0.name.isIdentical(to: row.name) }) {
                runner.rows[row.name] = row.id
            }
        } catch {
            // Events that only they take are stored, and claimed when they have a row.
            runner.unregistered = Set(missing.map { UTF8Key($0.name) })
            // Each try closes the store: not with every event.
            if case .system = error.kind { registrationAt = clock.boot() + Duration.seconds(10).nanoseconds }
            throw error
        }
        runner.unregistered = []
        for destination in missing {
            guard let id = runner.rows[destination.name], let delivery = destination.makeDelivery() else { continue }
            runtime.uploader.add(name: destination.name, id: id, delivery: delivery)
        }
    }

    /// Another process dropped a destination, or gave its bit to another one: the
    /// missing rows are made anew, and the batch is routed by the new bits.
    func renewDestinations() throws(StoreError) {
        let rows = try runtime.gate.withStore { (store) throws(StoreError) in try store.destinations.all() }
        let stale = runner.rows.stale(in: rows)
        guard !stale.isEmpty else { return }
        for (name, _) in stale {
            runner.rows[name] = nil
            runtime.uploader.remove(name: name)
        }
        do throws(StoreError) {
            try registerDestinations()
        } catch {
            report(unregistered: error)
        }
        batch.reroute(stale.map { ($0.id, runner.rows[$0.name]) })
    }
}

extension BatchWriter.Batch {
    /// Puts other bits in the place of some; `nil` for a destination without a row:
    /// events that only it takes wait in the store.
    fileprivate mutating func reroute(_ bits: [(from: Int64, to: Int64?)]) {
        let old = bits.reduce(Int64(0)) { $0 | 1 << $1.from }
        func rerouted(_ routes: Int64) -> Int64 {
            bits.reduce(routes & ~old) { new, bit in
                guard let to = bit.to, routes >> bit.from & 1 == 1 else { return new }
                return new | 1 << to
            }
        }
        func renamed(_ variants: [(destination: Int64, event: Event)]) -> [(destination: Int64, event: Event)] {
            variants.compactMap { destination, event in
                guard let bit = bits.first(where: { $0.from == destination }) else { return (destination, event) }
                return bit.to.map { ($0, event) }
            }
        }
        for index in items.indices {
            items[index].routes = rerouted(items[index].routes)
            items[index].variants = renamed(items[index].variants)
            for place in items[index].insertions.indices {
                items[index].insertions[place].routes = rerouted(items[index].insertions[place].routes)
                items[index].insertions[place].variants = renamed(items[index].insertions[place].variants)
            }
        }
    }
}
