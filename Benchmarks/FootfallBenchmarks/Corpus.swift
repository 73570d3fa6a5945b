// SPDX-License-Identifier: MIT
import Footfall

/// Events that are the same in every run but differ from each other as real events do.
///
/// Words, amounts and ids come from a seeded generator: repeated events would compress
/// better than real ones.
struct Corpus {
    private var random: SeededGenerator

    private var products: [(name: String, category: String)] = []
    private var pages: [String] = []

    init(seed: UInt64 = 20_261_123) {
        random = SeededGenerator(state: seed)
        products = (0..<200).map { _ in ("\(word()) \(word())", word()) }
        pages = (0..<40).map { _ in "https://www.example.com/\(word())/\(word())" }
    }

    private static let words = """
        account address album amber answer apple arrival autumn balance banner basket battery beacon blanket border \
        bottle branch breakfast bridge bright browser button cabinet camera candle canvas carbon carpet castle catalog \
        center chapter charge cherry circle classic clover coffee column comfort compass concert copper corner cotton \
        counter cradle cricket crystal cursor curtain cushion daylight delivery desert detail diamond dinner discount \
        display double dragon drawer engine evening express fabric falcon feather filter finger flavor flight forest \
        fountain frame garden gateway ginger glass gravel guitar hammer harbor harvest helmet horizon hunter island \
        jacket jasmine jungle kernel kettle kitchen ladder lantern lattice laundry leather lemon letter library \
        lighthouse linen magnet maple marble market meadow member mirror model morning mountain museum napkin needle \
        notebook number ocean office olive orange orchard oven packet paddle palace panel paper pattern pencil pepper \
        picture pillow planet pocket polish portal powder prairie present printer profile pumpkin quarter rabbit \
        railway ribbon river rocket saddle sample sandal sapphire saturn season shadow shelter signal silver sister \
        socket spring station stone summer sunset surface table temple ticket timber tomato topic travel tunnel \
        turtle umbrella valley velvet vessel village violet walnut weather window winter wonder yellow zephyr
        """.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init)

    mutating func word() -> String { Self.words[Int(random.next() % UInt64(Self.words.count))] }

    mutating func number(below limit: UInt64) -> Int64 { Int64(random.next() % limit) }

    /// Ten properties: six texts, two integers, a double and a boolean.
    ///
    /// They describe a shop with 200 products, each in one category, 40 pages, 8 stores and
    /// 30 kiosks. A batch of 100 compresses to about 80 bytes per event; a batch of real
    /// events with nine properties (departures from an airport) to 53.
    mutating func properties() -> JSONObject {
        let product = products[Int(number(below: UInt64(products.count)))]
        return [
            "order_id": .string("ord_\(100_000 + number(below: 900_000))"),
            "product": .string(product.name),
            "category": .string(product.category),
            "store": .string(pages[Int(number(below: 8))].split(separator: "/").last.map(String.init) ?? ""),
            "referrer": .string(pages[Int(number(below: UInt64(pages.count)))]),
            "label": .string("kiosk-\(10 + number(below: 30))"),
            "quantity": .int(1 + number(below: 9)),
            "position": .int(number(below: 1_000)),
            "total": .double(Double(number(below: 100_000)) / 100),
            "coupon_used": .bool(number(below: 2) == 1),
        ]
    }

    mutating func eventName() -> String {
        ["Order Completed", "Product Viewed", "Cart Updated", "Screen Touched", "Search Finished"][
            Int(number(below: 5))]
    }
}

/// SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}

/// The context that a plugin adds on a desktop: about 280 bytes, the same in all events.
let deviceContext: JSONObject = [
    "device": ["type": "desktop", "manufacturer": "LENOVO", "model": "ThinkCentre M90n", "id": "a3c1f0e29b7d4c65"],
    "os": ["name": "Debian GNU/Linux", "version": "12"],
    "locale": "de-CH", "timezone": "Europe/Zurich",
    "screen": ["width": 1_920, "height": 1_080, "density": 1.5],
    "userAgent": "Footfall/1.0 (Linux x86_64)",
]

// Three plugins that do the usual work: add context, change a property, and set a value in `integrations`.

final class ContextPlugin: Plugin {
    let type = PluginType.before
    func execute(_ event: inout Event) -> Verdict {
        event.context.merge(deviceContext)
        return .keep
    }
}

final class PropertyPlugin: Plugin {
    let type = PluginType.enrichment
    private var count: Int64 = 0
    func execute(_ event: inout Event) -> Verdict {
        count += 1
        event.properties["sequence"] = .int(count)
        return .keep
    }
}

final class IntegrationPlugin: Plugin {
    let type = PluginType.enrichment
    func execute(_ event: inout Event) -> Verdict {
        event.integrations["Actions Amplitude"] = ["session_id": 1_700_000_000_000]
        return .keep
    }
}
