// SPDX-License-Identifier: MIT
import struct TestSupport.SplitMix64
import Testing

@testable import FootfallCollector

@Suite struct JSONScannerTests {
    private func value(of text: String) -> String? {
        Array(text.utf8).withUnsafeBufferPointer { bytes in
            var scanner = JSONScanner(bytes)
            return scanner.value().map { String(decoding: bytes[$0], as: UTF8.self) }
        }
    }

    @Test(arguments: [
        ("1,2", "1"), ("true]", "true"), (#""a,b",1"#, #""a,b""#), (#"{"a":[{"b":"}"}]} x"#, #"{"a":[{"b":"}"}]}"#),
        (#""\"" "#, #""\"""#), (#""\\" "#, #""\\""#), ("[]]", "[]"), ("-1.5e3}", "-1.5e3"),
    ])
    func findsTheEndOfAValue(text: String, value expected: String) {
        #expect(value(of: text) == expected)
    }

    @Test(arguments: ["", "]", ",", ":", "\"", #""\"#, #""\""#, "{", "[", "[[]", #"{"a"#, #"{"a\"#])
    func findsNoValueThatDoesNotEnd(text: String) {
        #expect(value(of: text) == nil)
    }

    @Test func endsWithinItsBytesWhateverTheyAre() {
        var generator = SplitMix64()
        let alphabet = Array(#"{}[]",:\ a1"#.utf8) + [0x0A, 0x0D, 0x00, 0xFF]
        var allWithin = true
        for _ in 0..<3_000 {
            let bytes = (0..<Int.random(in: 0...24, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator) ?? 0
            }
            bytes.withUnsafeBufferPointer { bytes in
                for endpoint in [CollectorEndpoint.batch, .track, .webhook] {
                    var cutter = EventCutter()
                    // Bad bytes are refused or taken; both are right here.
                    try? cutter.cut(bytes, of: endpoint, validates: false)
                    allWithin = allWithin && cutter.events.allSatisfy { $0.upperBound <= bytes.count }
                }
            }
        }
        #expect(allWithin, "seed \(generator.seed)")
    }
}
