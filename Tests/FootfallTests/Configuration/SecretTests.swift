// SPDX-License-Identifier: MIT
import Footfall
import Testing

@Suite struct SecretTests {
    @Test(arguments: ["abc", "abc\r", "abc\n", " abc\t\r\n", "\u{FEFF}abc\n"])
    func trimsBothEnds(_ given: String) {
        #expect(Secret(given).text == "abc")
        #expect(Secret(given).problem == nil)
    }

    @Test(arguments: ["", " ", "\r\n", "\u{FEFF}"]) func aBlankOneIsNone(_ given: String) {
        #expect(Secret(given).isEmpty)
    }

    @Test(arguments: ["a\rb", "a\nb\n", "a\u{0}b", "a\u{7F}b", "a\u{85}b", "a\u{9B}b"])
    func refusesAControlCharacterInsideWithoutShowingIt(_ given: String) {
        #expect(
            Secret(given).problem
                == "it has a control character inside, such as the end of a line; give it alone, on one line")
    }

    @Test(arguments: ["a b", "a=b+/", "schlüssel", "🔑"]) func takesAnyOtherCharacter(_ given: String) {
        #expect(Secret(given) == Secret(" \(given)\n"))
        #expect(Secret(given).problem == nil)
    }

    @Test func aConfigurationNamesTheLineOfAKeyThatCannotBeUsed() throws {
        let wrong = #expect(throws: ConfigurationError.self) {
            try ConfigurationFile(bytes: Array("{\n\"writeKey\": \"a\\nb\"}".utf8), name: "f.json")
        }
        #expect(wrong?.description.hasPrefix("f.json:2: writeKey: it has a control character inside") == true)
        let file = try ConfigurationFile(bytes: Array("\u{FEFF}{\"writeKey\": \" abc\\r\\n\"}".utf8), name: "f.json")
        #expect(file.configuration.writeKey == "abc")
    }

    @Test func theAddressOfAProxyMayHaveAPassword() throws {
        func read(_ proxy: String) throws(ConfigurationError) -> String? {
            try ConfigurationFile(bytes: Array(#"{"proxy": "\#(proxy)"}"#.utf8), name: "f.json").configuration.proxy
        }
        #expect(try read("http://user:pass@127.0.0.1:3128\\n") == "http://user:pass@127.0.0.1:3128")
        #expect(try read("") == "", "which means no proxy")
        let wrong = #expect(throws: ConfigurationError.self) { try read("http://user:SECRET\\n@127.0.0.1") }
        #expect(wrong?.description.contains("SECRET") == false)
    }
}
