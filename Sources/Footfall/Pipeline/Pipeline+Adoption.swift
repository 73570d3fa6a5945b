// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc

// Spools of dead processes, and what a forked child begins with.
extension Pipeline {
    /// Takes up what dead processes left: before this one's first event, and
    /// behind its plugins, which see those events as they see its own; in a
    /// forked child again, until the parent's are among them.
    func adoptOrphans() {
        // What others called is not dropped because this process must be silent.
        guard mayAdopt() else { return }
        if orphans.isEmpty {
            hasAdopted = true
            adoptionTime = .max
            guard runtime.mailboxUsesSpool else { return lookAtTime() }
            orphans = OrphanSpool.adoptAll(directory: runtime.directory.spools, source: runtime.source)
        }
        // What cannot be stored now keeps its lock, so that nobody else takes it up.
        while let orphan = orphans.first, adopt(orphan) { orphans.removeFirst() }
        if orphans.isEmpty {
            lookForParentAgain()
            lookAtTime()
        }
    }

    /// Not under DO_NOT_TRACK, and not before it is known whether the user opted out.
    private func mayAdopt() -> Bool {
        if runtime.consent.isUnknown { runtime.lookAtConsent() }
        guard runtime.isSilent || runtime.consent.isUnknown else { return true }
        hasAdopted = true
        adoptionTime = runtime.isSilent ? .max : clock.boot() + Limits.linger.nanoseconds
        return false
    }

    /// Once, behind what earlier processes left: what is open in the store may be
    /// over by now. Not so a command's one event, which shows it as well.
    private func lookAtTime() {
        guard !hasLookedAtTime else { return }
        hasLookedAtTime = true
        guard runtime.configuration.role != .command, access(runtime.directory.database, F_OK) == 0 else { return }
        takeTime()
        commit()
    }

    private func lookForParentAgain() {
        guard let (id, delay) = parentSpool else { return }
        guard OrphanSpool.isThere(id, in: runtime.directory.spools) else {
            parentSpool = nil
            return
        }
        adoptionTime = clock.boot() + delay
        parentSpool = (id, min(delay * 2, Limits.longestParentLook.nanoseconds))
    }

    /// False when it must be tried again, behind the watermark.
    private func adopt(_ orphan: OrphanSpool) -> Bool {
        let watermark: Int64
        do throws(StoreError) {
            watermark = try runtime.gate.withStore { (store) throws(StoreError) in try store.spools.last(of: orphan.id)
            }
        } catch {
            failed(error)
            return false
        }
        if let erasure = orphan.erasure, erasure < runtime.consent.erasure { return discard(orphan) }
        // A store in memory would be lost with this process.
        guard !runtime.gate.isInMemory else { return true }
        var isStored = true
        do throws(StoreError) {
            let damaged = try orphan.forEach(after: watermark) { sequence, payload in
                guard isStored else { return }
                switch EventRecord.read(payload, bootID: orphan.bootID) {
                case .event(let event): take(event, [], isAdopted: true)
                case .reset(let reset): take(reset, isAdopted: true)
                case .visit(let call): take(call)
                case nil: runner.countDrop(.damaged)
                }
                batch.mark(orphan.id, sequence)
                if isBatchFull { isStored = commit() }
            }
            runner.countDrop(.damaged, Int64(damaged))
            guard isStored, commit() else { return false }
            try orphan.removeRecords()
            try runtime.gate.withStore { (store) throws(StoreError) in
                try store.transaction { (_) throws(StoreError) in try store.spools.remove(orphan.id) }
            }
            orphan.remove()
        } catch {
            runtime.report(
                FootfallError(
                    .storeUnavailable, "the spool of an earlier process is kept for later (\(error))", underlying: error
                ))
            // What was read of it must be stored before somebody else may look.
            return isStored && commit()
        }
        return true
    }

    /// A spool from before the last erasure: its process died without hearing of that.
    private func discard(_ orphan: OrphanSpool) -> Bool {
        var count: Int64 = 0
        do throws(StoreError) {
            _ = try orphan.forEach(after: 0) { _, _ in count += 1 }
            try orphan.removeRecords()
        } catch {
            runtime.report(
                FootfallError(
                    .storeUnavailable, "the spool of an earlier process cannot be removed now (\(error))",
                    underlying: error))
            return false
        }
        runner.countDrop(.optedOut, count)
        orphan.remove()
        return true
    }

    // MARK: - fork

    /// In a forked child: what was taken is the parent's, but for the plugins
    /// that were on their way into the chain, which are given back.
    func startAfreshInChild(parentSpool id: String?) -> [Mailbox.Entry] {
        var registrations: [Mailbox.Entry] = []
        while let next = round?.next() {
            if next.work.isRegistration { registrations.append(Mailbox.Entry(sequence: 0, work: next.work)) }
        }
        emptyBatch()
        // The parent does the erasures that it was asked for; the child goes on after them.
        identity = runtime.mailbox.identity
        followedErasure = runtime.consent.erasure
        forgetRequests = []
        eraseAt = .max
        erasing = ErasureRetry()
        batch.identity = identity
        round = nil
        taken = 0
        visitCalls = runtime.mailbox.visitCalls
        orphans = []
        hasAdopted = true
        adoptionTime = .max
        parentSpool = id.map { ($0, Limits.linger.nanoseconds) }
        retryAt = nil
        isEnded = false
        return registrations
    }
}
