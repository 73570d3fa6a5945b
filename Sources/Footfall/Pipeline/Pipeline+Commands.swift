// SPDX-License-Identifier: MIT
import FootfallStore

// Commands whose callers wait, and the clock.
extension Pipeline {
    /// Also true when that cannot be seen: then reading it says why.
    var hasStore: Bool { !StateDirectory.isMissing(runtime.directory.database) }

    func rehearse(_ event: consuming Event) -> Rehearsal {
        guard containment.hold == nil else { return .dropped(.held) }
        do throws(PluginRunner.Dropped) {
            let prepared = try runner.prepare(event, [])
            return .stored(committer.rehearse(prepared, hasStore: hasStore).map(\.jsonText))
        } catch {
            return .dropped(error.reason)
        }
    }

    func flush(_ reply: Reply<FootfallError?>?, delivers: Bool) {
        timeline.forEachEventPlugin { plugin in containment.call(plugin, .call) { plugin.flush() } }
        containment.sync()
        let isErased = !runtime.consent.isEraseDue || purge.erase()
        let result = commit(durably: true)
        if delivers { runtime.uploader.flush() }
        guard let reply else { return }
        switch result {
        case .stored, .full: reply.fulfil(isErased ? nil : purge.problem)
        case .failed(let problem): reply.fulfil(problem)
        // The batch is tried again at once; the caller of flush has a time limit of its own.
        case .busy: committer.answerLater(reply)
        }
    }

    /// A believed source named the time: the events that were stored by a wrong clock are
    /// corrected.
    ///
    /// - Parameter offset: `nil` for what is known already.
    func confirmClock(_ offset: Int64?) {
        // What was called before is stored by the clock as it was.
        guard commit().isStored else { return runtime.uploader.clockIsKnown(false) }
        do throws(StoreError) {
            let changed = try writer.correct(to: offset, store: runtime.store, plugin: runner.transactionPlugin)
            runtime.uploader.clocks = clocks.machine
            runner.observers.tell()
            if changed > 0 {
                runtime.report(
                    FootfallError(
                        .clockCorrected,
                        "the clock was wrong: corrected the time of \(counted(changed, "stored event"))"))
            }
            runtime.uploader.clockIsKnown(true)
        } catch {
            // The next answer confirms the time again; until then no doubtful event is sent.
            runtime.uploader.clockIsKnown(false)
            runtime.report(
                FootfallError(
                    .storeUnavailable, "stored events cannot be moved to their right time now (\(error))",
                    underlying: error))
        }
    }

    /// Plugins that see what is stored have counted the last events only now.
    func storeLastNumbers() {
        runtime.watch.storeNumbersNow()
        commit(durably: true)
    }

    func followSettings() {
        runner.setEnabled(runtime.settings.isEnabled)
        guard runner.isEnabled else { return }
        installer.startWaiting()
        timeline.lookAtTimers()
    }

    func purgeBacklog() {
        guard commit().isStored else { return committer.whenStored { [runtime] in Backlog(runtime).purge() } }
        Backlog(runtime).purge()
    }

    /// Answers a command while the store refuses a batch that came before it.
    func run(_ command: Command, whileRefused problem: FootfallError) {
        switch command {
        case .flush(let reply, let delivers):
            if delivers {
                installer.deliverBeforeStart()
                runtime.uploader.flush()
            }
            reply?.fulfil(problem)
        case .store(_, _, _, let reply):
            var report = BatchReport()
            report.error = problem
            reply.fulfil(report)
        case .close(let reply): end(reply, isStored: false)
        // The next answer of a server confirms the time again.
        case .clockConfirmed: runtime.uploader.clockIsKnown(false)
        case .look, .wipe: break
        case .inspect, .rehearse, .add, .remove, .application, .session, .erase, .forget: run(command)
        case .settingsChanged, .integration, .purge: run(command)
        }
    }

    /// Answers a command that is not run, since the client was closed before its turn.
    func leaveUndone(_ command: Command) {
        switch command {
        case .flush(let reply, _): reply?.fulfil(.closed)
        case .store(_, _, _, let reply):
            var report = BatchReport()
            report.error = .closed
            reply.fulfil(report)
        case .rehearse(_, let reply): reply.fulfil(.dropped(.closed))
        // It calls no plugin any more, and answers its caller.
        case .inspect: run(command)
        // What the user asked for needs no plugin.
        case .erase, .forget, .wipe: run(command)
        case .add, .remove, .application, .session, .clockConfirmed, .look, .settingsChanged, .integration: break
        case .purge, .close: break
        }
    }
}
