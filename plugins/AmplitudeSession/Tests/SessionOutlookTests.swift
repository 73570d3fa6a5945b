// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import FootfallStore
import Testing

private let second: Int64 = 1_000_000_000

/// What a look at the store calls open, by the rules that end sessions.
@Suite struct SessionOutlookTests {
    /// A session that began 10 s after the boot and had its last event 5 s later.
    private var rows: [String: String] {
        [
            "analytics_session_id": "\(begin)", "analytics_session_id.last_access": "\(begin + 5_000)",
            "analytics_session_id.state":
                """
            {"lastID":\(begin),"id":\(begin),"start":\(begin),"startBoot":\(10 * second),"startBootID":"one",\
            "boot":\(15 * second),"bootID":"one","anonymousId":"a","userId":null}
            """,
        ]
    }

    private func outlook(
        _ rows: [String: String], _ configuration: SessionConfiguration = .web, wall: Int64, boot: Int64,
        bootID: String = "one"
    ) -> SessionOutlook {
        SessionOutlook(
            StoredSession { rows[$0] }, configuration,
            at: Moment(wall: Timestamp(milliseconds: wall), bootNanoseconds: boot, bootID: bootID))
    }

    @Test func isOverAtExactlyTheLimitAndEndedWithItsLastEvent() {
        let before = outlook(rows, wall: begin + 1_804_999, boot: 1_815 * second - 1)
        #expect(before.overSession == nil)
        let after = outlook(rows, wall: begin + 1_805_000, boot: 1_815 * second)
        #expect(after.overSession?.id == begin)
        #expect(after.overSession?.at.milliseconds == begin + 5_000)
    }

    @Test func settingTheClockNeitherEndsNorProlongsASession() {
        #expect(outlook(rows, wall: begin + 86_400_000, boot: 20 * second).overSession == nil)
        #expect(outlook(rows, wall: begin, boot: 1_815 * second).overSession?.id == begin)
    }

    @Test func goesByTheWallClockAfterAReboot() {
        #expect(outlook(rows, wall: begin + 1_804_999, boot: second, bootID: "two").overSession == nil)
        #expect(outlook(rows, wall: begin + 1_805_000, boot: second, bootID: "two").overSession?.id == begin)
    }

    @Test func isOverAtItsGreatestLength() {
        var configuration = SessionConfiguration.web
        configuration.maximumLength = .seconds(60)
        #expect(outlook(rows, configuration, wall: begin + 60_000, boot: 69 * second).overSession == nil)
        #expect(outlook(rows, configuration, wall: begin + 60_000, boot: 70 * second).overSession?.id == begin)
    }

    @Test func readsWhatAnotherProgramWrote() {
        let rows = ["analytics_session_id": "\(begin)"]
        #expect(outlook(rows, wall: begin + 1_799_999, boot: 0).overSession == nil)
        #expect(outlook(rows, wall: begin + 1_800_000, boot: 0).overSession?.at.milliseconds == begin)
        #expect(outlook([:], wall: begin, boot: 0).overSession == nil)
    }

    @Test func aVisitIsOverAfterItsLimitAndByAReboot() {
        let moment = #"{"wall":\#(begin),"boot":\#(10 * second),"bootID":"one"}"#
        let rows = [
            "analytics_session_id.state":
                #"{"lastID":0,"visit":{"anonymousId":"v","began":\#(moment),"last":\#(moment),"hasInteraction":true}}"#
        ]
        let open = outlook(rows, .kiosk, wall: begin + 59_999, boot: 70 * second - 1)
        #expect(open.overVisit == nil && open.endedVisit == nil)
        let over = outlook(rows, .kiosk, wall: begin + 60_000, boot: 70 * second)
        #expect(over.overVisit?.hasInteraction == true)
        #expect(over.endedVisit?.at.milliseconds == begin + 60_000)
        #expect(over.endedVisit?.reason == .timeout)
        #expect(outlook(rows, .kiosk, wall: begin + 1_000, boot: second, bootID: "two").overVisit != nil)
    }
}
