// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import Glibc

/// Forks while the client is disabled. Both sides record nothing, are enabled and deliver.
func forkDisabled(_ arguments: Arguments) {
    let analytics = makeClient(arguments)
    analytics.track("before", 0..<5)
    analytics.isEnabled = false
    let child = ftf_fork()
    if child == 0 {
        // A child that hangs ends by itself.
        alarm(60)
        analytics.track("lost", 0..<5)
        // The parent may have stored its own events and their session's start by now, which wait for both.
        let isDisabled = !analytics.isEnabled && analytics.pendingCount <= 6
        analytics.isEnabled = true
        analytics.track("child", 0..<5)
        let isCounted = analytics.pendingCount >= 5
        let report = analytics.flush(timeout: .seconds(30))
        // It says what went wrong, since its status cannot.
        if !(isDisabled && isCounted && report.isDelivered) { say("childSaw \(isDisabled) \(isCounted) \(report)") }
        _exit(isDisabled && isCounted && report.isDelivered ? 0 : 1)
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    say("child \(status)")
    analytics.track("lost", 0..<5)
    analytics.isEnabled = true
    analytics.track("parent", 0..<5)
    say("queued \(analytics.flush(timeout: .seconds(30)).queued)")
    say("pending \(analytics.pendingCount)")
    say("closed \(analytics.close(timeout: .seconds(10)))")
}

/// Says whether an event that is called now is recorded, calls one, and says it again.
func sayWhetherItRecords(_ arguments: Arguments) {
    let analytics = makeClient(arguments)
    say("before \(analytics.isRecording)")
    analytics.track("recording", 0..<1)
    say("after \(analytics.isRecording)")
    say("closed \(analytics.close(timeout: .seconds(10)))")
}
