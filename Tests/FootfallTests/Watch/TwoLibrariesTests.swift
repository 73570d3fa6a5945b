// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

/// Two copies of SQLite in one process: each client is told that it has one of its own.
@Suite struct TwoLibrariesTests {
    let directory = TemporaryDirectory()
    private let errors = ErrorLog()

    private func client(_ library: String?, _ delivery: RecordingDelivery = RecordingDelivery()) -> Analytics {
        var configuration = Configuration.test(directory).errors(to: errors)
        configuration.sqliteLibrary = library
        return Analytics(configuration: configuration, plugins: [RecordingDestination(delivery)])
    }

    /// What the files of this process say, by their names.
    private var files: [String: JSONObject] {
        get throws {
            var found: [String: JSONObject] = [:]
            for name in try directory.names(in: "run") {
                found[name] = try JSONParser.parse(try directory.text(of: "run/\(name)")).objectValue
            }
            return found
        }
    }

    @Test func aClientNamesItsSQLiteWhileItHasTheStoreOpen() throws {
        do {
            let analytics = client(nil)
            #expect(access(directory("run"), F_OK) != 0)
            analytics.track(name: "A")
            #expect(analytics.store(timeout: .seconds(20)) == nil)
            let (name, file) = try #require(try files.first)
            #expect(name.hasSuffix("-\(getpid())"))
            #expect(file["sqlite"]?.stringValue?.has("libsqlite3.so") == true, "\(file)")
            #expect(file["process"]?.intValue == Int64(getpid()) && file["plugin"] == nil)
            #expect(analytics.close())
        }
        #expect(try poll { try directory.names(in: "run").isEmpty })
    }

    @Test func aSecondSQLiteKeepsToMemoryAndSaysSo() throws {
        let (firstDelivery, secondDelivery) = (RecordingDelivery(), RecordingDelivery())
        let first = client("/lib/one.so", firstDelivery)
        first.track(name: "A")
        #expect(first.store(timeout: .seconds(20)) == nil)
        let second = client("/lib/two.so", secondDelivery)
        for number in 1...20 {
            first.track(name: "A\(number)")
            second.track(name: "B\(number)")
        }
        #expect(second.flush(timeout: .seconds(60)).isDelivered)
        #expect(first.flush(timeout: .seconds(60)).isDelivered)
        #expect(errors.codes == [.storeInMemory])
        #expect(
            errors.errors.first?.message.has(
                "another SQLite of this process has it open, /lib/one.so; link all of the process to one libsqlite3")
                == true, "\(errors.errors)")
        #expect(firstDelivery.names == ["A"] + (1...20).map { "A\($0)" })
        #expect(secondDelivery.names == (1...20).map { "B\($0)" })
        #expect(try files.count == 1)
        #expect(second.close(timeout: .seconds(20)))
        #expect(first.close(timeout: .seconds(20)))
    }

    @Test func twoClientsWithOneSQLiteShareTheStore() throws {
        let clients = [client(nil), client(nil)]
        for client in clients {
            client.track(name: "A")
            #expect(client.store(timeout: .seconds(20)) == nil)
        }
        #expect(try inspect(directory) { try $0.counters.value(CounterTable.stored) } == 2)
        #expect(errors.codes.isEmpty)
        #expect(try files.count == 2)
        for client in clients { #expect(client.close()) }
    }

    @Test func behindTheEndOfTheFirstAnotherSQLiteMayOpenTheStore() throws {
        do {
            let first = client("/lib/one.so")
            first.track(name: "A")
            #expect(first.flush(timeout: .seconds(60)).isDelivered)
            #expect(first.close())
        }
        #expect(try poll { try files.isEmpty })
        let second = client("/lib/two.so")
        second.track(name: "B")
        #expect(second.store(timeout: .seconds(20)) == nil)
        #expect(errors.codes.isEmpty)
        #expect(try inspect(directory) { try $0.counters.value(CounterTable.stored) } == 2)
        #expect(second.close())
    }

    @Test func aFileOfADeadProcessWithThisNumberSaysNothing() throws {
        var status = stat()
        #expect(stat("/proc/self/ns/pid", &status) == 0)
        mkdir(directory("run"), 0o700)
        try directory.write(
            #"{"version":1,"process":7,"namespace":1,"sqlite":"/lib/one.so"}"#, to: "run/\(status.st_ino)-\(getpid())")
        let analytics = client("/lib/two.so")
        analytics.track(name: "A")
        #expect(analytics.store(timeout: .seconds(20)) == nil)
        #expect(errors.codes.isEmpty)
        #expect(try files.values.compactMap { $0["sqlite"]?.stringValue } == ["/lib/two.so"])
        #expect(analytics.close())
    }
}
