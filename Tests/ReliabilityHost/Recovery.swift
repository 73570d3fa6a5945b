// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc

/// Repairs a damaged store, as a start does that finds it so.
func recover(_ arguments: Arguments) {
    do throws(StoreError) {
        let report = try StoreRecovery(StateDirectory(path: arguments.text("state") ?? "")).run(stamp: 1)
        say("salvaged \(report.salvaged)")
        say("lost \(report.lost)")
    } catch {
        say("error \(error)")
        exit(74)
    }
}
