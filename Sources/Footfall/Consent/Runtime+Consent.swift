// SPDX-License-Identifier: MIT
import FootfallStore

extension Runtime {
    /// - Returns: whether the opt-out was written.
    func optOut() -> Bool {
        var problem: StoreError?
        do throws(StoreError) { try consent.optOut() } catch { problem = error }
        beginAnew { .erase(visitCalls: $0) }
        guard let problem else { return true }
        report(
            FootfallError(
                .consentUnavailable,
                "the opt-out holds for this process only: it cannot be written (\(problem)); it is tried again",
                underlying: problem))
        return false
    }

    /// - Returns: whether this process records again.
    func optIn() -> Bool {
        do throws(StoreError) {
            try consent.optIn()
        } catch {
            report(
                FootfallError(
                    .consentUnavailable,
                    "nothing is recorded: the opt-in cannot be written (\(error)); opt in again when that is mended",
                    underlying: error))
            return false
        }
        // What the opt-out still has to remove is removed before the next event.
        if consent.isEraseDue { beginAnew { .erase(visitCalls: $0) } }
        tellOfOptIn()
        uploader.touchWakeFile()
        return true
    }

    /// Looks whether another process changed the consent.
    ///
    /// - Returns: whether all events so far must be removed, and what is under way stopped.
    @discardableResult
    func lookAtConsent() -> Bool {
        let wasOptedOut = isOptedOut
        guard consent.look() else {
            if wasOptedOut, !isOptedOut { tellOfOptIn() }
            return false
        }
        beginAnew { .erase(visitCalls: $0) }
        return true
    }

    /// Follows the number of the last erasure that the pipeline found in the store.
    func sawErasure(_ number: Int64) -> ConsentState.Change {
        let change = consent.sawStore(number)
        if change == .erase { beginAnew { .erase(visitCalls: $0) } }
        return change
    }

    /// - Parameter reply: Told of what was removed, once it is.
    func forget(_ reply: Reply<ErasureReport>? = nil) {
        guard !isSilent else { return }
        let identity = mailbox.currentIdentity
        lookAtConsent()
        guard !consent.hasNoUser else {
            // The opt-out removed the identity. The one that replaced it never left this process.
            ensureStarted()
            reply?.fulfil(ErasureReport(isUserKnown: false))
            return
        }
        var request = JSONObject([
            ("type", "delete"), ("messageId", .string(UUIDv4.random().description)),
            ("timestamp", .string(configuration.clock.wall().description)),
            ("anonymousId", .string(identity.anonymousId)),
        ])
        if let userId = identity.userId { request["userId"] = .string(userId) }
        request["context"] = [
            "library": ["name": .string(FootfallVersion.name), "version": .string(FootfallVersion.current)]
        ]
        do throws(StoreError) {
            try consent.forget()
        } catch {
            report(
                FootfallError(
                    .consentUnavailable,
                    "other programs on the store hear of forget() only from the store: it cannot be written (\(error))",
                    underlying: error))
        }
        let body = request
        beginAnew { .forget(body, visitCalls: $0, reply) }
        if mailboxUsesSpool { writeIdentityFile() }
    }

    /// Forgets the calls so far; `command` removes what is stored of them.
    private func beginAnew(_ command: (_ visitCalls: Int) -> Command) {
        guard !isSpoolOnly else {
            // A forked child without a pipeline has only its spool.
            mailbox.beginAnew(after: consent.erasure, consent.dropReason, command)
            return mailbox.removeStaleSpools()
        }
        ensureStarted()
        mailbox.beginAnew(after: consent.erasure, consent.dropReason, command)
        uploader.breakOff()
        uploader.touchWakeFile()
    }
}
