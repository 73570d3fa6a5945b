// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc
import TestSupport
import Testing

@testable import Footfall

/// A directory that cannot be used: events are kept in memory and delivered.
@Suite struct MemoryStoreTests {
    let directory = TemporaryDirectory()

    /// Why a directory cannot be used.
    enum Fault: CaseIterable {
        case isAFile, isALink, isBelowAFile, hasASpoolThatIsALink, isOfALaterVersion, isNowhere, hasALink
    }

    private func break_(_ fault: Fault) throws -> String {
        let path = "\(directory.path)/state"
        switch fault {
        case .isAFile: creat(path, 0o600)
        case .isALink:
            mkdir("\(directory.path)/real", 0o700)
            symlink("\(directory.path)/real", path)
        case .isBelowAFile:
            creat("\(directory.path)/file", 0o600)
            return "\(directory.path)/file/state"
        case .hasASpoolThatIsALink:
            mkdir(path, 0o700)
            mkdir("\(directory.path)/real", 0o700)
            symlink("\(directory.path)/real", "\(path)/spool")
        case .isNowhere: return ""
        case .hasALink:
            try StateDirectory(path: path).create()
            symlink("/dev/null", "\(path)/store.db")
        case .isOfALaterVersion:
            try StateDirectory(path: path).create()
            let store = try Store(path: "\(path)/store.db")
            try store.connection.execute("PRAGMA user_version = 99")
        }
        return path
    }

    @Test(arguments: Fault.allCases) func deliversFromMemoryAndSaysSoOnce(_ fault: Fault) throws {
        let path = try break_(fault)
        let told = ErrorLog()
        let analytics = Analytics(
            configuration: Configuration(writeKey: "KEY").stateDirectory(path).flushInterval(.zero)
                .errors(to: told))
        let delivery = RecordingDelivery()
        analytics.add(plugin: RecordingDestination(delivery))
        for number in 1...50 {
            analytics.track(name: "\(number)")
            _ = analytics.store(timeout: .seconds(5))
        }
        let report = analytics.flush(timeout: .seconds(10))
        #expect(report.queued == 0, "\(report)")
        #expect(delivery.names == (1...50).map(String.init))
        #expect(told.codes == [.storeInMemory], "\(told.errors)")
        _ = analytics.close()
    }

    @Test func leavesAStoreOfALaterVersionAsItIs() throws {
        let path = try break_(.isOfALaterVersion)
        let before = try SmallFile.read("\(path)/store.db")
        let analytics = Analytics(configuration: Configuration(writeKey: "KEY").stateDirectory(path))
        analytics.track(name: "A")
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        _ = analytics.close()
        #expect(try SmallFile.read("\(path)/store.db") == before)
    }

    @Test func doesNotSayStoredWhatIsLostWithTheProcess() throws {
        let path = try break_(.isAFile)
        let analytics = Analytics(configuration: Configuration(writeKey: "KEY").stateDirectory(path))
        analytics.track(name: "A")
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(!analytics.close())
        #expect(!analytics.close(), "nor the second time")
    }

    @Test func aCommandStoresNothingInMemory() throws {
        let path = try break_(.isAFile)
        let analytics = Analytics(
            configuration: Configuration(writeKey: "KEY").stateDirectory(path).role(.command), usesSpool: false)
        analytics.track(name: "A")
        #expect(analytics.store(timeout: .seconds(5)) != nil)
        _ = analytics.close()
    }
}
