// SPDX-License-Identifier: MIT
import FootfallJSON

/// Tells ``ObserverPlugin``s of changes, each once.
///
/// It belongs to the pipeline's thread.
final class ChangeObservers {
    /// A visit as the last transaction left it.
    struct Visit: Equatable {
        var anonymousId: String
        var userId: String?
    }

    private struct Observer {
        let id: UInt64
        let plugin: any ObserverPlugin
        /// What the plugin was told last.
        var identity: Identity
        var sessionId: Int64?
        var visit: Visit?
        var isOptedOut: Bool
    }

    private unowned let runtime: Runtime
    private var observers: [Observer] = []
    private var visit: Visit?
    /// Resets that no observer was told of.
    private var resets = 0

    init(_ runtime: Runtime) {
        self.runtime = runtime
        // A visit of an earlier process may be open.
        visit = runtime.mailbox.currentVisitor.map { Visit(anonymousId: $0.anonymousId, userId: $0.userId) }
    }

    /// Tells a plugin how things are.
    func add(_ plugin: any ObserverPlugin, id: UInt64, _ identity: Identity) {
        let observer = Observer(
            id: id, plugin: plugin, identity: identity, sessionId: runtime.statistics.sessionId, visit: visit,
            isOptedOut: runtime.isOptedOut)
        observers.append(observer)
        runtime.tell(plugin, id: id) {
            plugin.optOutChanged(isOptedOut: observer.isOptedOut)
            plugin.identityChanged(anonymousId: identity.anonymousId, userId: identity.userId, traits: identity.traits)
            plugin.sessionChanged(id: observer.sessionId)
            plugin.visitChanged(id: observer.visit?.anonymousId, userId: observer.visit?.userId)
        }
    }

    func remove(_ id: UInt64) { observers.removeAll { $0.id == id } }

    // MARK: - Changes

    /// What the session plugin says of the visit.
    func set(visit: Visit?) { self.visit = visit }

    func noteReset() { if !observers.isEmpty { resets += 1 } }

    /// An erasure began a new identity.
    func erased(_ identity: Identity) {
        resets = observers.isEmpty ? 0 : 1
        tell(identity)
    }

    /// In a forked child: the calls of the last batch are the parent's.
    func startAfreshInChild() { resets = 0 }

    /// Tells each observer what changed.
    ///
    /// - Parameter identity: As it is stored; `nil` if it did not change.
    func tell(_ identity: Identity? = nil) {
        guard !observers.isEmpty else { return }
        let resets = resets
        self.resets = 0
        let sessionId = runtime.statistics.sessionId
        let isOptedOut = runtime.isOptedOut
        // What a plugin is told may make it add or remove another.
        for id in observers.map(\.id) {
            guard let place = observers.firstIndex(where: { $0.id == id }) else { continue }
            let before = observers[place]
            observers[place].identity = identity ?? before.identity
            observers[place].sessionId = sessionId
            observers[place].visit = visit
            observers[place].isOptedOut = isOptedOut
            let now = observers[place]
            runtime.tell(now.plugin, id: id) { tell(now.plugin, from: before, to: now, resets: resets) }
        }
    }

    private func tell(_ plugin: any ObserverPlugin, from before: Observer, to now: Observer, resets: Int) {
        if before.isOptedOut != now.isOptedOut { plugin.optOutChanged(isOptedOut: now.isOptedOut) }
        for _ in 0..<resets { plugin.didReset() }
        let identity = now.identity
        if !identity.hasSamePerson(as: before.identity) {
            plugin.identityChanged(anonymousId: identity.anonymousId, userId: identity.userId, traits: identity.traits)
        }
        if before.sessionId != now.sessionId { plugin.sessionChanged(id: now.sessionId) }
        if before.visit != now.visit { plugin.visitChanged(id: now.visit?.anonymousId, userId: now.visit?.userId) }
    }
}

extension Identity {
    /// Whether two identities differ at most in when they were changed.
    fileprivate func hasSamePerson(as other: Identity) -> Bool {
        anonymousId.isIdentical(to: other.anonymousId) && userId.map(UTF8Key.init) == other.userId.map(UTF8Key.init)
            && traits == other.traits
    }
}
