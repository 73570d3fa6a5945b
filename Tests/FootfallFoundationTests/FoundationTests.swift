// SPDX-License-Identifier: MIT
import Footfall
import FootfallFoundation
import Foundation
import TestSupport
import Testing

/// A host that uses Foundation: its values, dictionaries of any values, and tasks.
@Suite struct FoundationTests {
    let directory = TemporaryDirectory()
    private let date = Date(timeIntervalSince1970: 1_700_000_000.1234)

    private struct Order: Encodable {
        var at: Date
        var page: URL?
        var id: UUID
        var total: Decimal
        var seal: Data
        var numbers: [String: Date]
    }

    private func uuid() throws -> UUID { try #require(UUID(uuidString: "E621E1F8-C36C-495A-93FC-0C247A3E6E5F")) }

    @Test func encodesTheValuesOfFoundationAsServersReadThem() throws {
        let order = Order(
            at: date, page: URL(string: "https://example.com/a?b=1"), id: try uuid(),
            total: try #require(Decimal(string: "59.90")), seal: Data([0, 255]), numbers: ["x": date])
        #expect(
            try JSON(encoding: order).text
                == #"{"at":"2023-11-14T22:13:20.123Z","page":"https://example.com/a?b=1","#
                + #""id":"E621E1F8-C36C-495A-93FC-0C247A3E6E5F","total":59.9,"seal":"AP8=","#
                + #""numbers":{"x":"2023-11-14T22:13:20.123Z"}}"#)
    }

    @Test func aDateOrDecimalWithoutAPlaceInJSONHasAForm() throws {
        #expect(Date(timeIntervalSince1970: .nan).json == .null)
        #expect(Date.distantFuture.json == "4001-01-01T00:00:00.000Z")
        #expect(Date(timeIntervalSince1970: .infinity).json == "9999-12-31T23:59:59.999Z")
        #expect(Date(timeIntervalSince1970: -1e300).json == "0000-01-01T00:00:00.000Z")
        #expect(Decimal.nan.json == .null)
        #expect(Decimal(string: "0.1000000000000000055")?.json.text == "0.1000000000000000055")
        #expect(Decimal(UInt64.max).json.text == "18446744073709551615")
        #expect(Decimal(5).json == .int(5))
    }

    @Test func literalsKeepTheirOrder() throws {
        let delivery = RecordingDelivery()
        let analytics = Analytics(configuration: .test(directory), plugins: [RecordingDestination(delivery)])
        analytics.track(name: "A", properties: ["z": 1, "a": 2, "m": ["y": true, "b": nil]])
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(delivery.bodies.first?["properties"]?.text == #"{"z":1,"a":2,"m":{"y":true,"b":null}}"#)
        #expect(analytics.close())
    }

    @Test func numbersStayNumbersAndBooleansStayBooleans() throws {
        let values: [String: Any] = [
            "a": NSNumber(value: 1), "b": NSNumber(value: 0), "c": NSNumber(value: true), "d": NSNumber(value: false),
            "e": 1, "f": true, "g": NSNumber(value: Int8(1)), "h": NSNumber(value: 1.5),
            "i": NSNumber(value: Float(0.1)),
            "j": NSNumber(value: UInt64.max), "k": NSDecimalNumber(string: "59.90"), "l": 2.0, "m": Int8(1),
            "n": NSNumber(value: UInt32.max),
        ]
        #expect(
            try JSONObject(dictionary: values).json
                == #"{"a":1,"b":0,"c":true,"d":false,"e":1,"f":true,"g":1,"h":1.5,"i":0.1,"#
                + #""j":18446744073709551615,"k":59.9,"l":2.0,"m":1,"n":4294967295}"#)
        let text = #"{"one":1,"yes":true,"no":false,"zero":0,"half":0.5}"#
        let parsed = try JSONSerialization.jsonObject(with: Data(text.utf8))
        let dictionary = try #require(parsed as? [String: Any])
        #expect(try JSONObject(dictionary: dictionary).json == #"{"half":0.5,"no":false,"one":1,"yes":true,"zero":0}"#)
    }

    private struct Seat: Encodable { var row = 7 }

    @Test func takesWhatADictionaryMayHave() throws {
        let none: Int? = nil
        let values: [String: Any] = [
            "array": [1, "x", [true]] as [Any], "date": date, "decimal": Decimal(5), "empty": [] as [Any],
            "json": JSON.object(["b": 1, "a": 2]), "nested": ["k": ["l": 1]] as [String: Any], "nil": none as Any,
            "null": NSNull(), "nsarray": NSArray(array: [NSNumber(value: 1)]),
            "nsdata": NSData(data: Data([1])), "nsdate": NSDate(timeIntervalSince1970: 0),
            "nsdictionary": NSDictionary(dictionary: ["k": NSNumber(value: true)]), "nsstring": NSString("é"),
            "nsurl": NSURL(string: "https://example.com/") as Any, "object": ["b": 1, "a": 2] as JSONObject,
            "seat": Seat(), "some": Optional(3) as Any, "substring": "abc".dropFirst(),
        ]
        #expect(
            try JSONObject(dictionary: values).json
                == #"{"array":[1,"x",[true]],"date":"2023-11-14T22:13:20.123Z","decimal":5,"empty":[],"#
                + #""json":{"b":1,"a":2},"nested":{"k":{"l":1}},"nil":null,"nsarray":[1],"#
                + #""nsdata":"AQ==","nsdate":"1970-01-01T00:00:00.000Z","nsdictionary":{"k":true},"nsstring":"é","nsurl":"https://example.com/","null":null,"#
                + #""object":{"b":1,"a":2},"seat":{"row":7},"some":3,"substring":"bc"}"#)
    }

    private final class Thing {}

    @Test func namesAValueThatIsNoJSON() {
        let error = #expect(throws: DictionaryError.self) {
            try JSONObject(dictionary: ["items": [1, ["thing": Thing()] as [String: Any]] as [Any]])
        }
        #expect(error?.field == "items[1].thing")
        #expect(error?.description.contains("Thing is no JSON; make the type Encodable") == true)
        let deep = (0..<200).reduce(1 as Any) { inner, _ in ["k": inner] as [String: Any] }
        #expect(throws: DictionaryError.self) { try JSONObject(dictionary: ["deep": deep]) }
    }

    @Test func recordsDictionariesAndReportsWhatCannotBe() throws {
        let (log, delivery) = (ErrorLog(), RecordingDelivery())
        let analytics = Analytics(
            configuration: Configuration.test(directory).errors(to: log), plugins: [RecordingDestination(delivery)])
        analytics.identify(userId: "u", dictionary: ["since": date])
        analytics.track(name: "A", dictionary: ["n": NSNumber(value: 1), "yes": true])
        analytics.track(name: "B", dictionary: ["thing": Thing()])
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(delivery.names == ["identify", "A"])
        #expect(delivery.bodies.first?["traits"] == ["since": "2023-11-14T22:13:20.123Z"])
        #expect(delivery.bodies.last?["properties"]?.text == #"{"n":1,"yes":true}"#)
        #expect(log.codes == [.invalidEvent])
        #expect(analytics.close())
    }

    @Test func tasksWaitWithoutBlockingOthers() async {
        let delivery = RecordingDelivery()
        let analytics = Analytics(configuration: .test(directory), plugins: [RecordingDestination(delivery)])
        analytics.track(name: "A")
        let reports = await withTaskGroup(of: FlushReport.self) { group in
            for _ in 0..<16 { group.addTask { await analytics.flush(timeout: .seconds(10)) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(reports.count == 16 && reports.allSatisfy { $0.queued == 0 })
        #expect(delivery.names == ["A"])
        #expect(await analytics.close())
    }
}

extension JSONObject {
    fileprivate var json: String { JSON.object(self).text }
}
