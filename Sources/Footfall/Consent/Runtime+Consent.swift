// SPDX-License-Identifier: MIT
import FootfallStore

extension Runtime {
    /// Whether the directory remembers it.
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

    /// Whether this process records again.
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
        // What the opt-out left to do comes before the next event.
        if consent.isEraseDue { beginAnew { .erase(visitCalls: $0) } }
        uploader.touchWakeFile()
        return true
    }

    /// Another process may have changed the consent. True when this one must stop its
    /// work: all that it took so far has to go.
    @discardableResult
    func lookAtConsent() -> Bool {
        guard consent.look() else { return false }
        beginAnew { .erase(visitCalls: $0) }
        return true
    }

    /// The same by the number that the store has, as the pipeline found it.
    func sawErasure(_ number: Int64) -> ConsentState.Change {
        let change = consent.sawStore(number)
        if change == .erase { beginAnew { .erase(visitCalls: $0) } }
        return change
    }

    func forget() {
        guard !isSilent else { return }
        let identity = mailbox.currentIdentity
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
        beginAnew { .forget(body, visitCalls: $0) }
        if mailboxUsesSpool { writeIdentityFile() }
    }

    /// Nothing that was called so far is stored or sent; `command` removes the rest.
    private func beginAnew(_ command: (_ visitCalls: Int) -> Command) {
        guard !isSpoolOnly else {
            // No pipeline runs in such a child: it has only its spool.
            mailbox.beginAnew(after: consent.erasure, command)
            return mailbox.removeStaleSpools()
        }
        ensureStarted()
        mailbox.beginAnew(after: consent.erasure, command)
        uploader.breakOff()
        uploader.touchWakeFile()
    }
}
