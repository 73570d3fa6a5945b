// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import Glibc

/// Tracks an event in which a plugin does not return before the end of the input. With `fork`
/// it forks at the first line of the input; the child lives until the end of the input.
func blockInAPlugin(_ arguments: Arguments) {
    let holding = Holding()
    let analytics = makeClient(arguments, holding: holding)
    analytics.track("block", 0..<1)
    holding.waitUntilHeld()
    say("held")
    if arguments.has("fork") {
        var byte: UInt8 = 0
        while read(0, &byte, 1) == 1, byte != 0x0A {}
        let child = ftf_fork()
        if child == 0 {
            waitForEndOfInput()
            _exit(0)
        }
        say("forked \(child)")
    }
    waitForEndOfInput()
    holding.letGo()
    say("closed \(analytics.close(timeout: .seconds(30)))")
}
