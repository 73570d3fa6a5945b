// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc

// What follows from knowing what the time is.
extension Pipeline {
    /// Gives an event the time that it was, where the clock said another and the
    /// right one is known.
    func correctTime(_ event: inout Event) {
        guard let stamp = event.stamp(by: clock) else { return }
        loadClocks()
        if let time = writer.clocks.corrected(stamp) { event.timestamp = time }
    }

    /// A moment with the wall time that it should have had.
    func corrected(_ moment: Moment) -> Moment {
        loadClocks()
        var corrected = moment
        if let time = writer.clocks.corrected(moment) { corrected.wall = time }
        return corrected
    }

    /// Once: later every transaction reads them.
    private func loadClocks() {
        guard !hasLoadedClocks else { return }
        hasLoadedClocks = true
        guard !runtime.configuration.isRehearsal, access(runtime.directory.database, F_OK) == 0 else { return }
        // What cannot be read now is stored as it is, and put right before it is sent.
        try? writer.loadClocks(runtime.gate)
    }

    /// A believed source named the time: the events that this boot stored by a wrong
    /// clock are moved.
    ///
    /// - Parameter offset: `nil` for what is known already.
    func confirmClock(_ offset: Int64?) {
        // What was called before is stored by the clock as it was.
        guard commit() else { return runtime.uploader.clockIsKnown(false) }
        do throws(StoreError) {
            let changed = try writer.correct(to: offset, gate: runtime.gate, plugin: runner.transactionPlugin)
            runtime.uploader.clocks = writer.clocks
            if changed > 0 {
                runtime.report(
                    FootfallError(
                        .clockCorrected,
                        "the clock was wrong: \(changed) stored events were moved to the time that is known now"))
            }
            runtime.uploader.clockIsKnown(true)
        } catch {
            // The next answer says it again; until then nothing is sent that is doubtful.
            runtime.uploader.clockIsKnown(false)
            runtime.report(
                FootfallError(
                    .storeUnavailable, "stored events cannot be moved to their right time now (\(error))",
                    underlying: error))
        }
    }
}
