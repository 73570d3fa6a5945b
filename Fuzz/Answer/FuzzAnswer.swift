// SPDX-License-Identifier: MIT
import CFuzz
import SegmentDestination
import Glibc

@testable import Footfall

/// Reads the input as a server's answer: a status in two bytes, headers up to an empty line, a body.
private func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard count > 2, let data else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: data, count: count))
    let status = Int(bytes[0]) << 8 | Int(bytes[1])
    let text = String(decoding: bytes.dropFirst(2), as: UTF8.self)
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    var isBody = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
        if isBody {
            body += Array(line.utf8)
        } else if line.isEmpty {
            isBody = true
        } else if let colon = line.firstIndex(of: ":") {
            headers.append((line[..<colon].lowercased(), String(line[line.index(after: colon)...])))
        }
    }
    let response = DeliveryResponse(status: status, headers: headers, body: body)
    _ = response.retryAfter
    _ = response.date
    var random = SystemRandomNumberGenerator()
    for delivery in [SegmentDestination(writeKey: "KEY").makeDelivery()] {
        guard let outcome = delivery?.outcome(of: response) else { continue }
        var machine = RetryStateMachine()
        _ = machine.finished(outcome, ids: [1, 2, 3], at: .max / 2, random: &random)
    }
    return 0
}

@main struct FuzzAnswer {
    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(LLVMFuzzerRunDriver(&count, &arguments) { fuzz($0, $1) })
    }
}
