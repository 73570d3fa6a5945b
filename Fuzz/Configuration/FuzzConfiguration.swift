// SPDX-License-Identifier: MIT
import AmplitudeSession
import CFuzz
import Footfall
import FootfallConfigured
import Glibc

/// Reads the input as a configuration file, and makes its plugins.
private func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: count))
    _ = try? Configured(json: String(decoding: bytes, as: UTF8.self))
    guard let file = try? ConfigurationFile(bytes: bytes, name: "fuzz") else { return 0 }
    // A fault in one part keeps the others from being read above.
    if case .on(let session) = file.session { _ = try? SessionConfiguration(session) }
    for destination in file.destinations ?? [] {
        var destination = destination
        _ = try? destination.endpoint()
        _ = try? destination.size("maxBytes")
        _ = try? destination.texts("headers")
        _ = try? destination.finish()
    }
    return 0
}

@main struct FuzzConfiguration {
    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(LLVMFuzzerRunDriver(&count, &arguments) { fuzz($0, $1) })
    }
}
