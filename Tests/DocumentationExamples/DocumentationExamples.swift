// SPDX-License-Identifier: MIT
// swift-format-ignore-file
// Made by scripts/documentation-examples; change the documents instead.
import AmplitudeActions
import AmplitudeSession
import FileDestination
import Footfall
import FootfallConfigured
import FootfallFoundation
import FootfallMapping
import Foundation
import LinuxContext
import LinuxLifecycle
import SegmentDestination
import WebhookDestination

// README.md
func readme2(_ analytics: Analytics) throws {
    let analytics = Analytics(
        configuration: Configuration(writeKey: "WRITE_KEY")
            .application(id: "com.example.Kiosk", version: "2.1.0", build: "210"),
        plugins: [AmplitudeSession(), SegmentDestination()])
    analytics.identify(userId: "visitor-42", traits: ["plan": "guest"])
    analytics.track(name: "Order Completed", properties: ["total": 59.90, "currency": "EUR"])
}

// Sources/Footfall/Footfall.docc/ComingFromSegment.md
func footfallDoccComingFromSegment2(_ analytics: Analytics) throws {
    final class AddStore: Plugin {
        let type = PluginType.enrichment

        func execute(_ event: inout Event) -> Verdict {
            event.context["store"] = "Brixton"
            return .keep
        }
    }
    analytics.add(plugin: AddStore())
}

// Sources/Footfall/Footfall.docc/ComingFromSegment.md
func footfallDoccComingFromSegment4(_ analytics: Analytics) throws {
    final class Receipts: DestinationPlugin {
        let key = "Receipts"
        let name = "receipts"
        let timeline = Timeline()
        let usesHooks = true
        private let printLine: (String) -> Void

        init(_ printLine: @escaping (String) -> Void) {
            self.printLine = printLine
            add(plugin: AddCurrency())
        }

        func track(_ event: inout Event) -> Verdict {
            if event.event == "Order Completed" { printLine(JSON.object(event.properties).text) }
            return .keep
        }

        func makeDelivery() -> (any Delivery)? { nil }
    }

    final class AddCurrency: EventPlugin {
        let type = PluginType.enrichment

        func track(_ event: inout Event) -> Verdict {
            event.properties["currency"] = "EUR"
            return .keep
        }
    }
    analytics.add(plugin: Receipts { line in print(line) })
}

// Sources/Footfall/Footfall.docc/ComingFromSegment.md
func footfallDoccComingFromSegment6(_ analytics: Analytics) throws {
    final class AwaitPermission: Plugin {
        let type = PluginType.utility
        private weak var analytics: Analytics?
        private let isGranted: Bool

        /// - Parameter isGranted: What the application remembers from an earlier start.
        init(isGranted: Bool) { self.isGranted = isGranted }

        func configure(analytics: Analytics) {
            self.analytics = analytics
            if !isGranted { analytics.setNetworkUse(.closed) }
        }

        func granted() { analytics?.setNetworkUse(.open) }
    }
    let permission = analytics.add(plugin: AwaitPermission(isGranted: false))
    // When the user agrees:
    permission.perform { $0.granted() }
}

// Sources/Footfall/Footfall.docc/Durability.md
func footfallDoccDurability1(_ analytics: Analytics) throws {
    // A payment must survive a power cut: this call waits for the disk, at most five seconds.
    analytics.track(
        name: "Order Completed", properties: ["total": 59.90], options: CallOptions(durability: .immediate))

    // A mouse position may be lost: it is not written to the spool.
    analytics.track(name: "Pointer Moved", options: CallOptions(durability: .deferred))
}

// Sources/Footfall/Footfall.docc/Footfall.md
func footfallDoccFootfall1(_ analytics: Analytics) throws {
    let analytics = Analytics(
        configuration: Configuration(writeKey: "WRITE_KEY")
            .application(id: "com.example.Kiosk", version: "2.1.0", build: "210"),
        plugins: [AmplitudeSession(), SegmentDestination()])
    analytics.track(name: "Order Completed", properties: ["total": 59.90, "currency": "EUR"])
}

// Sources/Footfall/Footfall.docc/Sessions.md
func footfallDoccSessions1(_ analytics: Analytics) throws {
    let analytics = Analytics(configuration: Configuration(writeKey: "WRITE_KEY"))
    analytics.add(plugin: AmplitudeSession(limit: .seconds(1_800)))
    analytics.track(name: "Screen Touched")
}

// Sources/Footfall/Footfall.docc/Sessions.md
func footfallDoccSessions2(_ analytics: Analytics) throws {
    analytics.visitor.begin()  // a person touches the screen
    analytics.track(name: "Ticket Printed")  // the first interaction opens the session
    analytics.visitor.end(reason: .completed)  // or the idle timer ends the visit
}

// Sources/Footfall/Footfall.docc/SharingAStore.md
func footfallDoccSharingAStore1(_ analytics: Analytics) throws {
    let analytics = Analytics(
        configuration: Configuration(writeKey: "WRITE_KEY")
            .application(id: "com.example.Kiosk")
            .stateDirectory("/var/lib/kiosk/events")
            .delivers(false))  // Another program on the store delivers.
    analytics.track(name: "Ticket Printed")
}

// Sources/Footfall/Footfall.docc/WritingADestination.md
func footfallDoccWritingADestination1(_ analytics: Analytics) throws {
    struct LogDelivery: Delivery {
        let limits = BatchLimits(events: 500, bytes: 475_000)
        let address: String? = "https://logs.example.com/events"

        func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
            var body: [UInt8] = []
            batch.forEach { event in
                body += event
                body.append(UInt8(ascii: "\n"))
            }
            return .request(
                DeliveryRequest(
                    url: "https://logs.example.com/events",
                    headers: [("Content-Type", "application/x-ndjson")], body: body))
        }

        func outcome(of response: DeliveryResponse) -> DeliveryOutcome {
            // A login page of a network answers 200 as well: look for your own sign of success.
            guard response.status == 202, response.header("x-accepted") != nil else {
                return DeliveryOutcome(status: response)
            }
            return .accepted
        }
    }

    final class LogDestination: DestinationPlugin {
        let key = "Logs"
        let name = "logs"
        let timeline = Timeline()
        let usesHooks = false

        func makeDelivery() -> (any Delivery)? { LogDelivery() }
    }
    analytics.add(plugin: LogDestination())
}

// Sources/Footfall/Footfall.docc/WritingADestination.md
func footfallDoccWritingADestination2(_ analytics: Analytics) throws {
    struct WarehouseDelivery: Delivery {
        let limits = BatchLimits(events: 200, bytes: 400_000)
        /// Returns at once, and calls back with the places of the rows that the warehouse refused.
        let upload: @Sendable (_ rows: [String], _ done: @escaping @Sendable ([Int]) -> Void) -> Void

        func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
            let pending = PendingDelivery(limit: .seconds(120))
            var rows: [String] = []
            batch.forEach { rows.append(String(decoding: $0, as: UTF8.self)) }
            upload(rows) { refused in
                for place in refused { pending.refuse(place, "the warehouse does not know this event") }
                pending.finish(.accepted)
            }
            return .later(pending)
        }
    }
}

// Sources/Footfall/Footfall.docc/WritingADestination.md
func footfallDoccWritingADestination3(_ analytics: Analytics) throws {
    final class WithoutTraits: Plugin {
        let type = PluginType.enrichment

        func execute(_ event: inout Event) -> Verdict {
            event.traits = [:]
            return .keep
        }
    }
    let segment = SegmentDestination()
    segment.add(plugin: WithoutTraits())
    analytics.add(plugin: segment)
}

// Sources/Footfall/Footfall.docc/WritingADestination.md
func footfallDoccWritingADestination4(_ analytics: Analytics) throws {
    struct OrderDelivery: Delivery {
        let limits = BatchLimits(events: 100, bytes: 400_000)
        let trigger: Trigger
        let mapping: Mapping

        func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
            var orders: [JSON] = []
            var places: [Int] = []
            var verdicts = DeliveryVerdicts()
            var place = 0
            batch.forEach { body in
                defer { place += 1 }
                do {
                    let event = try JSONParser.parse(body)
                    guard trigger.matches(event), let order = try mapping.evaluate(event) else {
                        verdicts.dropped.insert(place)  // The CRM has no use for it.
                        return
                    }
                    orders.append(order)
                    places.append(place)
                } catch {
                    verdicts.refused[place] = "\(error)"  // It becomes a dead letter.
                }
            }
            guard !orders.isEmpty else { return .plan(DeliveryPlan(parts: [], verdicts: verdicts)) }
            let request = DeliveryRequest(
                url: "https://crm.example.com/orders", headers: [("Content-Type", "application/json")],
                body: Array(JSON.array(orders).text.utf8))
            return .plan(DeliveryPlan(parts: [.init(request: request, places: places)], verdicts: verdicts))
        }
    }

    final class OrderDestination: DestinationPlugin {
        let key = "Orders"
        let name = "orders"
        let timeline = Timeline()
        let usesHooks = false
        private let delivery: OrderDelivery

        init() throws {
            delivery = OrderDelivery(
                trigger: try Trigger(compiling: "type = \"track\" and event = \"Order Completed\""),
                mapping: try Mapping(compiling: [
                    "id": ["@path": "$.messageId"],
                    "customer": ["@if": ["exists": ["@path": "$.userId"], "then": ["@path": "$.userId"], "else": "guest"]],
                    "total": ["@path": "$.properties.total"],
                ]))
        }

        func makeDelivery() -> (any Delivery)? { delivery }
    }
    analytics.add(plugin: try OrderDestination())
}

// Sources/Footfall/Footfall.docc/WritingADestination.md
func footfallDoccWritingADestination5(_ analytics: Analytics) throws {
    struct ParcelDelivery: Delivery {
        let limits = BatchLimits(events: 100, bytes: 100_000)
        let url: String

        func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
            .request(DeliveryRequest(url: url, body: batch.joined(separator: "\n")))
        }
    }

    final class ParcelDestination: DestinationPlugin {
        let key = "Parcels"
        let name: String
        let timeline = Timeline()
        let usesHooks = false
        private let delivery: ParcelDelivery

        init(_ configuration: ConfigurationObject) throws(ConfigurationError) {
            var object = configuration
            name = try object.text("name") ?? "parcels"
            guard let url = try object.text("url") else { throw object.error("url", "it is missing") }
            delivery = ParcelDelivery(url: url)
            try object.finish()
        }

        func makeDelivery() -> (any Delivery)? { delivery }
    }
    let types = PluginTypes.standard.destination("parcels") { try ParcelDestination($0) }
    let configured = try Configured(
        json: #"{"destinations": [{"type": "parcels", "url": "https://example.com"}]}"#, types: types)
    let client = configured.makeAnalytics()
    client.track(name: "Parcel Sent")
}

// Sources/Footfall/Footfall.docc/WritingAPlugin.md
func footfallDoccWritingAPlugin4(_ analytics: Analytics) throws {
    final class HideEmail: EventPlugin {
        let type = PluginType.before

        func identify(_ event: inout Event) -> Verdict {
            event.traits["email"] = nil
            return .keep
        }
    }
    analytics.add(plugin: HideEmail())
}

// Sources/Footfall/Footfall.docc/WritingAPlugin.md
func footfallDoccWritingAPlugin5(_ analytics: Analytics) throws {
    analytics.add(enrichment: { event in
        event.event == "Heartbeat" ? .drop : .keep
    })
}

// Sources/Footfall/Footfall.docc/WritingAPlugin.md
func footfallDoccWritingAPlugin6(_ analytics: Analytics) throws {
    struct NoReading: Error {}

    final class AddTemperature: ThrowingPlugin {
        let type = PluginType.enrichment
        var reading: Double?

        func attempt(_ event: inout Event) throws -> Verdict {
            guard let reading else { throw NoReading() }
            event.context["temperature"] = .double(reading)
            return .keep
        }
    }
    analytics.add(plugin: AddTemperature())
}

// Sources/Footfall/Footfall.docc/WritingAPlugin.md
func footfallDoccWritingAPlugin7(_ analytics: Analytics) throws {
    final class CountOrders: Plugin {
        let type = PluginType.after
        private(set) var orders = 0

        func execute(_ event: inout Event) -> Verdict {
            if event.event == "Order Completed" { orders += 1 }
            return .keep
        }
    }
    let handle = analytics.add(plugin: CountOrders())
    let orders: Int? = handle.read(timeout: .seconds(1)) { $0.orders }
    print(orders ?? 0)
    analytics.remove(handle)
}

// Sources/FootfallFoundation/FootfallFoundation.docc/FootfallFoundation.md
func footfallfoundationDoccFootfallFoundation1(_ analytics: Analytics) throws {
    let payload: [String: Any] = ["sku": "A-7", "at": Date(), "total": Decimal(5)]
    analytics.track(name: "Order Completed", dictionary: payload)
}

// Sources/FootfallFoundation/FootfallFoundation.docc/SwiftWithFoundation.md
func footfallfoundationDoccSwiftWithFoundation1(_ analytics: Analytics) throws {
    let total = Decimal(5_990) / 100
    analytics.track(
        name: "Page Opened",
        properties: [
            "url": URL(fileURLWithPath: "/srv/menu.html").json,
            "at": Date().json,
            "visit": UUID().json,
            "total": total.json,
        ])
}

// Sources/FootfallFoundation/FootfallFoundation.docc/SwiftWithFoundation.md
func footfallfoundationDoccSwiftWithFoundation2(_ analytics: Analytics) throws {
    struct Order: Encodable {
        var sku: String
        var paidAt: Date
        var total: Decimal
    }
    analytics.track(name: "Order Completed", encoding: Order(sku: "A-7", paidAt: Date(), total: Decimal(5)))
}

// Sources/FootfallFoundation/FootfallFoundation.docc/SwiftWithFoundation.md
func footfallfoundationDoccSwiftWithFoundation3(_ analytics: Analytics) throws {
    let payload: [String: Any] = [
        "sku": "A-7", "seats": NSNumber(value: 2), "isGift": true, "labels": ["new", NSNull()], "at": Date(),
    ]
    analytics.track(name: "Order Completed", dictionary: payload)
    analytics.identify(userId: "user-42", dictionary: ["plan": "gold", "since": Date()])
}

// Sources/FootfallFoundation/FootfallFoundation.docc/SwiftWithFoundation.md
func footfallfoundationDoccSwiftWithFoundation4(_ analytics: Analytics) throws {
    func finish() async {
        let report = await analytics.flush(timeout: .seconds(5))
        print("\(report.delivered) delivered, \(report.queued) left")
        await analytics.close()
    }
}

// plugins/AmplitudeActions/README.md
func pluginsAmplitudeActionsREADME1(_ analytics: Analytics) throws {
    let analytics = Analytics(configuration: Configuration(writeKey: ""))
    analytics.add(plugin: AmplitudeSession())
    analytics.add(plugin: AmplitudeActions(apiKey: "KEY", region: .europe))
    analytics.track(name: "Order Completed", properties: ["total": 59.90])
}

// plugins/AmplitudeActions/README.md
func pluginsAmplitudeActionsREADME2(_ analytics: Analytics) throws {
    let amplitude = try AmplitudeActions(
        ConfigurationObject([
            "type": "amplitude", "apiKey": "KEY",
            "mappings": [["name": "Doors", "subscribe": "type = \"track\"", "action": "logEventV2"]],
        ]))
    analytics.add(plugin: amplitude)
}

// plugins/AmplitudeSession/README.md
func pluginsAmplitudeSessionREADME1(_ analytics: Analytics) throws {
    let analytics = Analytics(configuration: Configuration(writeKey: "WRITE_KEY"))
    analytics.add(plugin: AmplitudeSession(name: "Amplitude", limit: .seconds(300)))
    analytics.track(name: "Screen Touched")
    print(analytics.sessionId ?? 0)  // set once the event is stored
}

// plugins/AmplitudeSession/README.md
func pluginsAmplitudeSessionREADME2(_ analytics: Analytics) throws {
    analytics.visitor.begin()                  // the screen is touched
    analytics.track(name: "Ticket Printed")    // the first interaction opens the session
    analytics.visitor.end(reason: .completed)  // or the idle timer ends the visit: timeout
}

// plugins/FileDestination/README.md
func pluginsFileDestinationREADME1(_ analytics: Analytics) throws {
    let analytics = Analytics(configuration: Configuration(writeKey: ""))
    analytics.add(plugin: FileDestination(path: "/var/log/kiosk/events.ndjson", maximumBytes: 16 << 20))
    analytics.track(name: "Door Opened")
}

// plugins/LinuxContext/README.md
func pluginsLinuxContextREADME1(_ analytics: Analytics) throws {
    let analytics = Analytics(
        configuration: Configuration(writeKey: "WRITE_KEY").application(id: "com.example.Kiosk", version: "2.1.0"))
    analytics.add(plugin: LinuxContext(deviceType: .kiosk))
    analytics.track(name: "Door Opened")
}

// plugins/LinuxLifecycle/README.md
func pluginsLinuxLifecycleREADME1(_ analytics: Analytics) throws {
    let analytics = Analytics(
        configuration: Configuration(writeKey: "WRITE_KEY")
            .application(id: "com.example.Kiosk", version: "2.1.0", build: "210")
            .trackApplicationLifecycleEvents(true),
        plugins: [AmplitudeSession(), LinuxLifecycle()])

    // Call these from your toolkit; Linux does not tell a library whether a window is in use.
    analytics.applicationDidBecomeActive()
    analytics.applicationWillResignActive()
}

// plugins/SegmentDestination/README.md
func pluginsSegmentDestinationREADME1(_ analytics: Analytics) throws {
    let analytics = Analytics(configuration: Configuration(writeKey: "WRITE_KEY"))
    analytics.add(plugin: SegmentDestination())
    analytics.track(name: "Order Completed", properties: ["total": 59.90])
}

// plugins/SegmentDestination/README.md
func pluginsSegmentDestinationREADME2(_ analytics: Analytics) throws {
    let segment = SegmentDestination()
    segment.replaceDelivery { own in
        own.changingRequests { request in
            request.url = "https://proxy.example.com/segment"
            request.headers.append((name: "X-Device", value: "kiosk-7"))
            request.isCompressed = false
        }
    }
    analytics.add(plugin: segment)
}

// plugins/WebhookDestination/README.md
func pluginsWebhookDestinationREADME1(_ analytics: Analytics) throws {
    let analytics = Analytics(configuration: Configuration(writeKey: ""))
    analytics.add(
        plugin: WebhookDestination(
            name: "audit", endpoint: "https://example.com/events", format: .ndjson,
            headers: [("Authorization", "Bearer TOKEN")]))
    analytics.track(name: "Door Opened")
}

// docs/hosts/swift.md
func docsHostsSwift2(_ analytics: Analytics) throws {
    let analytics = Analytics(
        configuration: Configuration(writeKey: "WRITE_KEY").application(id: "com.example.Hello", version: "1.0")
            .errorHandler { print("analytics: \($0)") },
        plugins: [SegmentDestination(endpoint: "http://localhost:8765/v1/b")])

    analytics.track(name: "Ticket Sold", properties: ["kind": "adult", "seats": 2, "total": 59.90])

    let report = analytics.flush(timeout: .seconds(5))  // deliver before the program ends
    print("\(report.delivered) delivered, \(report.queued) left")
    analytics.close()
}

// docs/hosts/swift.md
func docsHostsSwift3(_ analytics: Analytics) throws {
    let configured = try Configured(file: "/etc/hello/footfall.json")
    for warning in configured.warnings { print(warning) }
    let client = configured.makeAnalytics()
}

// docs/hosts/swift.md
func docsHostsSwift4(_ analytics: Analytics) throws {
    struct Order: Encodable {
        var sku: String
        var seats: Int
        var total: Double
    }
    analytics.track(name: "Order Completed", properties: ["sku": "A-7", "seats": 2, "total": 59.90])
    analytics.track(name: "Order Completed", encoding: Order(sku: "A-7", seats: 2, total: 59.90))
}

// docs/hosts/swift.md
func docsHostsSwift5(_ analytics: Analytics) throws {
    let payload: [String: Any] = ["at": Date(), "seats": NSNumber(value: 1), "isGift": true]
    analytics.track(name: "Order Completed", dictionary: payload)
    analytics.track(name: "Page Opened", properties: ["url": URL(fileURLWithPath: "/tmp").json, "total": Decimal(5).json])
}

// docs/hosts/swift.md
func docsHostsSwift6(_ analytics: Analytics) throws {
    let app = Analytics(
        configuration: Configuration(writeKey: "WRITE_KEY").application(id: "com.example.Hello", version: "1.0")
            .trackApplicationLifecycleEvents(true),
        plugins: [LinuxLifecycle(), SegmentDestination()])
    app.applicationDidBecomeActive()
    app.applicationWillResignActive()
}

// docs/hosts/swift.md
func docsHostsSwift7(_ analytics: Analytics) throws {
    analytics.optOut()  // nothing is recorded or sent, and what is stored is removed
    analytics.optIn()  // recording again, as a new anonymous user
    analytics.forget()  // asks the destinations to delete the user's data, and removes what is stored
}

// docs/hosts/swift.md
func docsHostsSwift8(_ analytics: Analytics) throws {
    func finish() async {
        let report = await analytics.flush(timeout: .seconds(5))
        print(report.queued)
        await analytics.close()
    }
}
