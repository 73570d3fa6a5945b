// SPDX-License-Identifier: MIT
import Footfall
import Testing

@Suite struct EndpointTests {
    @Test(arguments: [
        "https://api.segment.io/v1/b", "HTTPS://example.com", "https://example.com:8443/a?b#c", "https://10.0.0.1/",
        "http://127.0.0.1:8080/v1/b", "http://127.8.9.10/", "http://localhost", "http://localhost:1/x",
        "http://LocalHost:1/x", "http://[::1]:80/", "http://[::1]", "http://user:secret@127.0.0.1/",
    ])
    func acceptsHTTPSAndPlainHTTPToThisMachine(url: String) {
        #expect(Endpoint(url)?.url == url)
    }

    @Test(arguments: [
        "", "example.com", "//example.com", "https://", "https:///path", "http://", "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://example.com/", "http://127.0.0.1.example.com/", "http://localhost.example.com/",
        "http://127.0.0.1@example.com/",
        "http://example.com?@127.0.0.1", "http://example.com#@localhost", "http://10.0.0.1/", "http://128.0.0.1/",
        "http://127.0.0.256/", "http://127.0.0/", "http://127.+0.0.1/", "http://[::1].example.com/", "http://[::2]/",
        "http://0.0.0.0/",
        "https://exa mple.com/", "https://example.com/\r\nHost: x", "https://example.com/\u{7F}",
        " https://example.com",
    ])
    func refusesOtherURLs(url: String) {
        #expect(Endpoint(url) == nil)
    }

    @Test func takesPlainHTTPWhenThatIsAllowed() {
        #expect(Endpoint("http://example.com/", allowsInsecure: true) != nil)
        #expect(Endpoint("ftp://example.com/", allowsInsecure: true) == nil)
    }

    @Test func isReadTogetherWithItsPermission() throws {
        var object = ConfigurationObject(["endpoint": "http://example.com/"])
        let error = try #require(throws: ConfigurationError.self) { try object.endpoint() }
        #expect(error.description.contains("endpoint: http://example.com/: \(Endpoint.rule)"))
        var allowed = ConfigurationObject(["endpoint": "http://example.com/", "allowInsecure": true])
        #expect(try allowed.endpoint()?.url == "http://example.com/")
        try allowed.finish()
        var none = ConfigurationObject([:])
        #expect(try none.endpoint() == nil)
    }
}
