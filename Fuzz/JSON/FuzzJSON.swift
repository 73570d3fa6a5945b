// SPDX-License-Identifier: MIT
import CFuzz
import Footfall
import Glibc

/// Reads the input as an event, as a time and as JSON. Parsed JSON must be written so that
/// parsing it again gives the same value.
private func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = UnsafeBufferPointer(start: data, count: count)
    _ = try? EventReader.read(bytes)
    _ = Timestamp(String(decoding: bytes, as: UTF8.self))
    guard let value = try? JSONParser.parse(bytes) else { return 0 }
    let text = value.text
    guard let again = try? JSONParser.parse(text), again == value || text.contains("null") else {
        fatalError("written as \(text)")
    }
    return 0
}

@main struct FuzzJSON {
    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(LLVMFuzzerRunDriver(&count, &arguments) { fuzz($0, $1) })
    }
}
