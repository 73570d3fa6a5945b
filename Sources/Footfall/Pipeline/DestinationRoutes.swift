// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore

/// The rows that the destinations of a client have in the store. Events are routed by
/// the ids of these rows.
///
/// It belongs to the pipeline's thread.
final class DestinationRoutes {
    /// The row of each destination that has one.
    private(set) var rows = DestinationIDs()
    /// Destinations that deliver and have no row: the store could not give them one, or was not asked
    /// again yet. Events for them are stored, and claimed when the destination has its row.
    private var unregistered: Set<UTF8Key> = []
    /// Whether the client has destinations, or had. A client that never had any leaves
    /// its events to the destinations of the store.
    private(set) var hasHadDestinations = false
    /// Whether the type of a destination is not known to this process, so that another one delivers.
    private(set) var leavesSome = false
    /// Whether the uploader is given destinations: the client has started.
    private(set) var isHandingOver = false
    /// Destinations with a row that the uploader is given when the client starts.
    private var kept: [(name: String, id: Int64, delivery: any Delivery)] = []
    /// Nanoseconds since boot; no destination is registered before.
    private var nextAttempt = Int64.min

    /// Told of each id that changed: events that are not stored yet have the old one.
    private var reroute: (_ moves: [(from: Int64, to: Int64?)]) -> Void = { _ in }
    private unowned let runtime: Runtime
    private let registrar: DestinationRegistrar

    /// A destination that has no row is tried again after this, since each try closes the store.
    private static let pause = Duration.seconds(10).nanoseconds

    init(_ runtime: Runtime) {
        self.runtime = runtime
        registrar = DestinationRegistrar(store: runtime.store, directory: runtime.directory)
    }

    func row(of name: String) -> Int64? { rows[name] }

    /// Whether events for a destination wait for its row.
    func isWaiting(_ name: String) -> Bool { unregistered.contains(UTF8Key(name)) }

    /// Takes out a destination that the client does not have any more.
    func remove(_ name: String) {
        if let id = rows[name] { runtime.pipeline.runner.outcomes.left(id) }
        set(nil, of: name)
        unregistered.remove(UTF8Key(name))
        kept.removeAll { $0.name.isIdentical(to: name) }
        runtime.uploader.remove(name: name)
    }

    /// Gives the uploader the destinations that wait for the client's start, and each further one
    /// when it has its row.
    ///
    /// Before the start, a plugin that is not configured yet may close the network.
    func handOver() {
        guard !isHandingOver else { return }
        isHandingOver = true
        for destination in kept {
            runtime.uploader.add(name: destination.name, id: destination.id, delivery: destination.delivery)
        }
        kept = []
    }

    /// Gives each destination its row. What was stored while there was none goes to the
    /// first one.
    func register(_ destinations: [any DestinationPlugin]) throws(StoreError) {
        let missing = destinations.filter { rows[$0.name] == nil && $0.hasRow }
        leavesSome = destinations.contains { $0 is UnknownDestination }
        let clock = runtime.configuration.clock
        // A destination that was added during the pause waits like those before it.
        guard !missing.isEmpty, clock.boot() >= nextAttempt else { return set(unregistered: missing) }
        do throws(StoreError) {
            let found = try registrar.register(
                missing.map(DestinationRegistrar.Wanted.init), besides: destinations.map(\.name))
            for row in found where missing.contains(where: { $0.name.isIdentical(to: row.name) }) {
                set(row.id, of: row.name)
            }
        } catch {
            set(unregistered: missing)
            if case .system = error.kind { nextAttempt = clock.boot() + Self.pause }
            throw error
        }
        set(unregistered: [])
        for destination in missing {
            guard let id = rows[destination.name], let delivery = destination.chosenDelivery else { continue }
            guard isHandingOver else {
                kept.append((destination.name, id, delivery))
                continue
            }
            runtime.uploader.add(name: destination.name, id: id, delivery: delivery)
        }
    }

    /// Calls `reroute` with the ids that changed whenever rows were made anew.
    func whenRenewed(_ reroute: @escaping (_ moves: [(from: Int64, to: Int64?)]) -> Void) { self.reroute = reroute }

    /// Makes the rows anew that another process dropped, or gave to another destination.
    func renew(_ destinations: [any DestinationPlugin]) throws(StoreError) {
        let found = try runtime.store.withStore { (store) throws(StoreError) in try store.destinations.all() }
        let stale = rows.stale(in: found)
        guard !stale.isEmpty else { return }
        for (name, _) in stale { remove(name) }
        do throws(StoreError) {
            try register(destinations)
        } catch {
            report(unregistered: error)
        }
        reroute(stale.map { ($0.id, rows[$0.name]) })
    }

    func report(unregistered error: StoreError) {
        runtime.report(
            FootfallError(.storeUnavailable, "a destination cannot be registered yet (\(error))", underlying: error))
    }

    private func set(unregistered destinations: [any DestinationPlugin]) {
        let names = Set(destinations.map { UTF8Key($0.name) })
        guard names != unregistered else { return }
        unregistered = names
        runtime.uploader.set(unregistered: destinations.map(\.name))
    }

    private func set(_ id: Int64?, of name: String) {
        rows[name] = id
        hasHadDestinations = hasHadDestinations || !rows.isEmpty
    }
}
