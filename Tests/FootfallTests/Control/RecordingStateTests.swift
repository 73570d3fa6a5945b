// SPDX-License-Identifier: MIT
import Footfall
import Glibc
import TestSupport
import Testing

/// `isRecording` says whether the next event is recorded.
@Suite struct RecordingStateTests {
    let directory = TemporaryDirectory()

    @Test func followsTheUserTheHostAndTheEnd() {
        let analytics = Analytics(configuration: .test(directory))
        #expect(analytics.isRecording)
        analytics.isEnabled = false
        #expect(!analytics.isRecording)
        analytics.isEnabled = true
        #expect(analytics.isRecording)
        analytics.optOut()
        #expect(!analytics.isRecording)
        let other = Analytics(configuration: .test(directory))
        #expect(!other.isRecording)
        #expect(other.close())
        analytics.optIn()
        #expect(analytics.isRecording)
        #expect(analytics.close())
        #expect(!analytics.isRecording)
    }

    @Test func isFalseWhileTheConsentCannotBeRead() throws {
        // A directory in the place of the file: reading it fails, for root as well.
        mkdir(directory("opted-out"), 0o700)
        let analytics = Analytics(configuration: .test(directory))
        analytics.track(name: "A")
        #expect(!analytics.isRecording)
        #expect(analytics.counters.stored == 0)
        #expect(analytics.close())
    }
}
