// SPDX-License-Identifier: MIT
import Glibc
import Testing

@testable import FootfallCollector

/// Web pages and programs on this machine that mean no good.
@Suite struct NeighbourTests {
    // MARK: - Who may ask

    private func status(_ host: String, _ headers: [(String, String)] = []) throws -> Int {
        let bench = try Workbench()
        let client = try bench.client()
        try client.sendHead("POST", "/v1/t", headers + [("Content-Length", "2")], host: host)
        try client.send(Array("{}".utf8))
        let status = try client.readAnswer().status
        #expect(try bench.output.isEmpty == (status != 200))
        return status
    }

    @Test(arguments: ["127.0.0.1", "127.0.0.1:8765", "localhost:1", "LocalHost", "[::1]:80", "[::1]", "127.1.2.3"])
    func takesARequestForThisMachine(_ host: String) throws { #expect(try status(host) == 200) }

    @Test(arguments: [
        "example.com", "rebound.example.com:8765", "127.0.0.1.example.com", "localhost.example.com", "[::2]", "0.0.0.0",
        "127.0.0.1:x", "127.0.0.1:99999", "127.0.0", "[::1", "192.168.0.1", "@127.0.0.1", "127.0.0.256",
    ]) func refusesARequestForAnotherHost(_ host: String) throws { #expect(try status(host) == 421) }

    @Test(arguments: ["https://example.com", "null", "http://127.0.0.1:8765", ""])
    func refusesARequestOfAWebPage(_ origin: String) throws {
        #expect(try status("127.0.0.1", [("Origin", origin)]) == 403)
    }

    @Test func takesANameThatItWasTold() throws {
        let origin = RequestOrigin(hosts: ["collector.test"])
        #expect(origin.fault(host: "Collector.Test:80", origin: nil) == nil)
        #expect(origin.fault(host: "other.test", origin: nil)?.status == 421)
        #expect(origin.fault(host: nil, origin: nil)?.status == 421)
    }

    // MARK: - Slow and half-sent requests

    private let half = Array("POST /v1/t HTTP/1.1\r\nHost: 127.0.0.1\r\n".utf8)

    @Test func servesOthersWhileMoreConnectionsAreSlowThanItTakes() throws {
        let bench = try Workbench { $0.maximumConnections = 50 }
        var slow: [HTTPClient] = []
        for number in 0..<120 {
            let client = try bench.client()
            // Some have said nothing.
            if number % 2 == 0 { try client.send(half) }
            slow.append(client)
            if number % 20 == 19 { #expect(try bench.client().post("/v1/t", #"{"n":\#(number)}"#).status == 200) }
        }
        #expect(slow[0].isClosed(), "the oldest goes")
        #expect(try bench.output.split(separator: "\n").count == 6)
    }

    @Test func keepsNoMoreOfHalfSentBodiesThanItMay() throws {
        let bench = try Workbench {
            $0.maximumBodyBytes = 1 << 20
            $0.maximumBufferedBytes = 3 << 20
        }
        let body = [UInt8](repeating: UInt8(ascii: " "), count: 900_000)
        var clients: [HTTPClient] = []
        for _ in 0..<10 {
            let client = try bench.client()
            try client.sendHead("POST", "/v1/t", [("Content-Length", "\(body.count + 2)")])
            try client.send(body)
            clients.append(client)
        }
        #expect(try bench.client().post("/v1/t", "{}").status == 200)
        #expect(clients[0].isClosed(), "the oldest goes")
        try clients[9].send(Array("{}".utf8))
        #expect(try clients[9].readAnswer().status == 200)
        #expect(try bench.output == "{\"type\":\"track\"}\n{\"type\":\"track\"}\n")
    }

    @Test(arguments: [
        "", "POST /v1/t HTTP/1.1\r\n", "POST /v1/t HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{",
    ])
    func givesUpARequestThatDoesNotComeWholeInTime(_ text: String) throws {
        let bench = try Workbench { $0.requestTimeout = .milliseconds(50) }
        let client = try bench.client()
        try client.send(Array(text.utf8))
        #expect(client.isClosed())
        #expect(try bench.client().post("/v1/t", "{}").status == 200)
    }

    // MARK: - The table

    private func table(room: Int = 3, bytes: Int = 100) -> ConnectionTable {
        ConnectionTable(room: room, byteLimit: bytes, deadline: 30, idleTime: 60)
    }

    @Test func closesTheOneThatWaitedForTheLongestWhenItIsFull() {
        var table = table()
        for id in UInt(1)...3 { #expect(table.open(id, Int32(id), at: Int64(id)) == nil) }
        table.answer(1)
        #expect(table.open(4, 4, at: 4) == 2, "not one that is being answered")
        #expect(table.open(5, 5, at: 5) == 3)
        table.close(2)
        table.close(3)
        table.end(1, at: 6)
        #expect(table.open(6, 6, at: 7) == 4)
    }

    @Test func countsTheBytesOfAllAndGivesThemBack() {
        var table = table(room: 10)
        for id in UInt(1)...3 { _ = table.open(id, Int32(id), at: Int64(id)) }
        #expect(table.receive(60, 1) == (true, []))
        #expect(table.receive(30, 2) == (true, []))
        #expect(table.receive(30, 3) == (true, [1]))
        #expect(table.bytes == 60)
        #expect(table.receive(1, 1).isKept == false, "it is being closed")
        #expect(table.receive(200, 3) == (false, [2]), "it alone is too much")
        table.close(1)
        table.end(3, at: 9)
        #expect(table.bytes == 0)
        table.close(2)
        table.close(3)
        #expect(table.bytes == 0 && table.isEmpty)
    }

    @Test func namesConnectionsThatAreOverdueOnce() {
        var table = table()
        _ = table.open(1, 1, at: 0)
        _ = table.open(2, 2, at: 10)
        _ = table.open(3, 3, at: 10)
        table.answer(3)
        #expect(table.overdue(at: 29).isEmpty)
        #expect(table.overdue(at: 30) == [1])
        #expect(table.overdue(at: 30).isEmpty, "once")
        table.begin(2, at: 35)
        #expect(table.overdue(at: 64).isEmpty)
        table.end(2, at: 64)
        #expect(table.overdue(at: 64 + 89).isEmpty)
        #expect(table.overdue(at: 64 + 90) == [2])
    }
}
