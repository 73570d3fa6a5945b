// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

/// No call waits for a FIFO, or follows a link, in the place of one of the store's files.
@Suite struct PlantedFileTests {
    let directory = TemporaryDirectory()

    private static let files = [
        "store.db", "store.db-wal", "store.db-shm", "store.lock", "identity.json", "uploader-recording.lock", "wake",
        "visit", "reserve", "spool/x.lock", "spool/x.a",
    ]

    @Test(arguments: files) func aFIFOHoldsNoCall(name: String) throws {
        try plant(name) { #expect(mkfifo($0, 0o600) == 0) }
    }

    @Test(arguments: files) func aLinkIsNotFollowed(name: String) throws {
        let target = TemporaryDirectory()
        try plant(name) { #expect(symlink("\(target.path)/target", $0) == 0) }
        #expect(try target.names().isEmpty, "nothing is made where it leads")
    }

    private func plant(_ name: String, _ make: (String) -> Void) throws {
        try StateDirectory(path: directory.path).create()
        if name == "spool/x.a" {
            let lock = open("\(directory.path)/spool/x.lock", O_WRONLY | O_CREAT, 0o600)
            _ = #"{"version":1,"source":"application:","boot":"b"}"#.withCString { write(lock, $0, strlen($0)) }
            close(lock)
        }
        make("\(directory.path)/\(name)")
        let directory = directory
        let areOver = Signal()
        startThread {
            useEverything(in: directory)
            areOver.raise()
        }
        #expect(areOver.wait(), "a call waits for \(name)")
    }

    @Test func aLockThatIsALinkIsNamedWithItsCure() throws {
        let state = StateDirectory(path: directory.path)
        try state.create()
        #expect(symlink("/nowhere", state.uploaderLock("recording")) == 0)
        let errors = ErrorLog()
        let analytics = Analytics(
            configuration: .test(directory).errors(to: errors))
        let delivery = RecordingDelivery()
        analytics.add(plugin: RecordingDestination(delivery))
        analytics.track(name: "event")
        let report = analytics.flush(timeout: .seconds(30))
        let cure = "it is a symbolic link; remove it: rm '\(state.uploaderLock("recording"))'"
        #expect(report.queued == 1 && report.isBlocked)
        #expect(report.problems.count == 1 && report.problems.first?.contains(cure) == true, "\(report.problems)")
        #expect(errors.errors.contains { $0.message.contains(cure) }, "\(errors.errors)")
        let row = try #require(try StoreStatus(.test(directory)).destinations.first)
        #expect(row.state == "blocked" && row.lastError?.contains(cure) == true, "\(row)")
        #expect(Doctor.examine(.test(directory)).contains { $0.verdict == .wrong && $0.text.contains(cure) })
        // Once the link is removed, the delivery goes on by itself.
        unlink(state.uploaderLock("recording"))
        #expect(analytics.flush(timeout: .seconds(30)).isDelivered)
        #expect(delivery.names == ["event"])
        #expect(analytics.close())
    }

    @Test(arguments: ["é", "日本", "x"]) func aLongNameDelivers(unit: String) throws {
        let name = String(repeating: unit, count: unit == "x" ? 400 : 60)
        let delivery = RecordingDelivery()
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: RecordingDestination(name: name, delivery))
        analytics.track(name: "event")
        #expect(analytics.flush(timeout: .seconds(30)).isDelivered)
        #expect(delivery.names == ["event"])
        #expect(analytics.close())
    }
}

/// Calls everything that opens files of the state.
private func useEverything(in directory: TemporaryDirectory) {
    _ = Doctor.examine(.test(directory))
    // A planted file may be an error here; a call must only not wait for it.
    _ = try? StoreStatus(.test(directory))
    _ = try? DeadLetters(.test(directory)).list()
    let analytics = Analytics(configuration: .test(directory).errorHandler { _ in })
    analytics.add(plugin: RecordingDestination())
    analytics.identify(userId: "user")
    analytics.track(name: "event")
    _ = analytics.flush(timeout: .milliseconds(300))
    _ = analytics.close(timeout: .milliseconds(300))
    _ = Doctor.examine(.test(directory))
}
