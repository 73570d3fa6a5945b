// SPDX-License-Identifier: MIT
import CFuzz
@testable import FootfallStore
import Glibc

@testable import Footfall

/// Reads the input as a spool file, as a single record, and as each of the files beside spools.
private func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = UnsafeRawBufferPointer(start: data, count: count)
    let reader = SpoolReader { offset, buffer in
        guard offset < bytes.count else { return 0 }
        let part = bytes[offset...].prefix(buffer.count)
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: part))
        return part.count
    }
    do {
        while try reader.next({ _, payload in _ = EventRecord.read(payload, bootID: "boot") }) {}
    } catch {
        fatalError("\(error)")
    }
    _ = SpoolHeader(bytes)
    _ = PluginMark(slot: bytes)
    let now = SystemClock.system.moment
    for plugin in PluginDeaths.read(bytes) { _ = (plugin.isOff(at: now), plugin.offUntil(at: now)) }
    // A record without its checksum, which random input rarely matches.
    if case .event(let event)? = EventRecord.read(bytes, bootID: "boot") { throwAt(event) }
    return 0
}

/// Whatever the event is, a plugin that changes it and throws leaves it as it was.
private func throwAt(_ event: Event) {
    let chain = Timeline()
    chain.add(Throwing())
    var copy = event
    precondition(chain.runBefore(&copy) == .keep && copy.jsonText == event.jsonText)
}

private final class Throwing: ThrowingPlugin {
    struct Fault: Error {}

    let type = PluginType.before

    func attempt(_ event: inout Event) throws -> Verdict {
        event.event = nil
        event.properties = ["changed": true]
        event.context["changed"] = true
        throw Fault()
    }
}

@main struct FuzzSpool {
    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(LLVMFuzzerRunDriver(&count, &arguments) { fuzz($0, $1) })
    }
}
