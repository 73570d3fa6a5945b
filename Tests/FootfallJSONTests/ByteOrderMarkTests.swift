// SPDX-License-Identifier: MIT
import FootfallJSON
import Testing

@Suite struct ByteOrderMarkTests {
    @Test func theParserSkipsOneBeforeTheValue() throws {
        #expect(try JSONParser.parse("\u{FEFF}{\"success\":true}") == ["success": true])
        #expect(try JSONParser.parse("\u{FEFF} \n1") == 1)
        for text in ["\u{FEFF}", "\u{FEFF}\u{FEFF}1", " \u{FEFF}1", "1\u{FEFF}"] {
            #expect(throws: JSONError.self, "\(text)") { try JSONParser.parse(text) }
        }
        #expect(try JSONParser.parse("\"\u{FEFF}\"") == "\u{FEFF}", "inside a text it is a character")
    }

    @Test func isTheThreeBytesOfUTF8Only() {
        #expect(ByteOrderMark.skipped([0xEF, 0xBB, 0xBF, 1]) == [1])
        for bytes in [[], [0xEF], [0xEF, 0xBB], [0xFE, 0xFF, 1], [1, 0xEF, 0xBB, 0xBF]] as [[UInt8]] {
            #expect(Array(ByteOrderMark.skipped(bytes)) == bytes)
        }
    }
}
