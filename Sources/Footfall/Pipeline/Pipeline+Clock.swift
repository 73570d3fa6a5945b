// SPDX-License-Identifier: MIT
import FootfallStore

// What follows from knowing what the time is.
extension Pipeline {
    /// Gives an event the time that it was, where the clock said another and the
    /// right one is known.
    func correctTime(_ event: inout Event) {
        guard !event.hasGivenTimestamp, event.bootNanoseconds != 0,
            let time = writer.clocks.corrected(
                bootID: event.bootID ?? clock.bootID, wall: event.timestamp, bootNanoseconds: event.bootNanoseconds)
        else { return }
        event.timestamp = time
    }

    /// A server that can be believed named the time: what this boot stored by a
    /// wrong clock is moved.
    func confirmClock(_ offset: Int64) {
        // What was called before is stored by the clock as it was.
        guard commit() else { return }
        do throws(StoreError) {
            let changed = try writer.redate(to: offset, gate: runtime.gate, plugin: chain.transactionPlugin)
            runtime.uploader.clocks = writer.clocks
            if changed > 0 {
                runtime.report(
                    FootfallError(
                        .clockCorrected,
                        "the clock was wrong: \(changed) stored events were moved to the time that the server named"))
            }
            runtime.uploader.clockIsKnown()
        } catch {
            // The next answer says it again; until then nothing is sent that is doubtful.
            runtime.report(
                FootfallError(
                    .storeUnavailable, "stored events cannot be moved to their right time now (\(error))",
                    underlying: error))
        }
    }
}
