// SPDX-License-Identifier: MIT
import Footfall
import FootfallConfigured
import TestSupport
import Testing

/// A file is written by hand or by a program, and may be anything.
@Suite struct RandomConfigurationTests {
    private static let text = """
        {"writeKey": "K", "stateDirectory": "/var/x", "flushAt": 5, "application": {"id": "a", "version": "1"},
         "session": {"preset": "kiosk", "limit": "5m", "markers": false},
         "plugins": [{"type": "LinuxContext", "deviceType": "kiosk", "optional": true},
                     {"type": "LinuxLifecycle", "events": ["Application Opened"], "patience": "1s"}],
         "destinations": [{"type": "segment", "name": "one", "gzip": true}, {"type": "pigeon", "key": "P"},
                          {"type": "webhook", "endpoint": "https://x.y/z", "headers": {"A": "b"}, "enabled": false},
                          {"type": "amplitude", "apiKey": "K", "mappings": [{"subscribe": "type = \\"track\\""}]}]}
        """
    private static let pieces = [
        "null", "{}", "[]", "-1", "1e999", "\"\"", "\"a\\u0000b\"", "\"type\":", "true", ",", "\"~/x\"", "\"\u{301}\"",
    ]

    @Test func anyTextIsReadOrRefused() {
        var random = SplitMix64(test: #function)
        var readable = 0
        for _ in 0..<3_000 {
            var bytes = Array(Self.text.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                let end = min(place + Int.random(in: 0...12, using: &random), bytes.count)
                bytes.replaceSubrange(place..<end, with: Array((Self.pieces.randomElement(using: &random) ?? "").utf8))
            }
            do throws(ConfigurationError) {
                let configured = try Configured(json: String(decoding: bytes, as: UTF8.self))
                readable += configured.plugins.isEmpty ? 0 : 1
            } catch {
                #expect(error.file == "configuration" && !error.problem.isEmpty, "FOOTFALL_SEED=\(random.seed)")
            }
        }
        #expect(readable < 3_000, "FOOTFALL_SEED=\(random.seed)")
    }
}
