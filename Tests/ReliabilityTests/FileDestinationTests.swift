// SPDX-License-Identifier: MIT
import FileDestination
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// A file of lines whose writers are killed.
    @Suite struct FileDestinationTests {
        let folder = TemporaryDirectory()

        /// Two programs write to one file and rename it when it is full. Both are killed while
        /// they write, and a third goes on.
        @Test func everyLineIsWholeOrTornAndAloneWhenItsWritersAreKilled() throws {
            var random = SplitMix64()
            let seed = random.seed
            let rounds = Reliability.count(short: 15, long: 500)
            var torn = 0
            var held = 0
            for round in 0..<rounds {
                let size = round.isMultiple(of: 2) ? Int.max : 3_000_000
                let name = "\(round).ndjson"
                let writers = try ["a", "b"].map { run in
                    try ChildProcess([
                        "append", "file=\(folder(name))", "run=\(run)", "note=\(folder("note-\(run)"))", "size=\(size)",
                        "killAfter=\(Int.random(in: 500..<20_000, using: &random))",
                    ])
                }
                for writer in writers {
                    let ending = writer.wait(atMost: .seconds(30))
                    #expect(ending.signal == SIGKILL && !ending.isOverdue, "\(ending)")
                }
                try deliver(#"{"id":"c-0-0","pad":""}"#, to: folder(name), size)
                let found = try lines(of: name)
                let wrong = found.torn.filter { !isTorn($0) }
                let written = [
                    "a": try notedNumber(folder("note-a")), "b": try notedNumber(folder("note-b")),
                ]
                let lost = ["a", "b"].flatMap { run in
                    (0..<written[run, default: 0]).flatMap { batch in (0..<100).map { "\(run)-\(batch)-\($0)" } }
                }.filter { !found.ids.contains($0) }
                #expect(wrong.isEmpty, "seed \(seed), round \(round): \(wrong.map { $0.prefix(80) })")
                #expect(lost.isEmpty, "seed \(seed), round \(round): \(lost.count) lines of written batches")
                #expect(found.ids.contains("c-0-0"), "seed \(seed), round \(round)")
                torn += found.torn.count
                if wrong.isEmpty && lost.isEmpty && found.ids.contains("c-0-0") { held += 1 }
                for file in try folder.names() { unlink(folder(file)) }
            }
            Reliability.note(
                "kill -9 of a file's two writers", tried: rounds * 2, held: held * 2,
                worst: "\(torn) torn lines, each alone")
        }

        private func deliver(_ body: String, to path: String, _ size: Int) throws {
            let delivery = try #require(FileDestination(path: path, maximumBytes: size).makeDelivery())
            let attempt = DeliveryAttempt(sentAt: Timestamp(milliseconds: 0), retryCount: 0)
            guard case .finished(.accepted) = delivery.begin(DeliveryBatch(bodies: [body]), attempt) else {
                Issue.record("\(path) is not written to")
                return
            }
        }

        /// The ids of the whole lines of the file and of those it was renamed to, and the other lines.
        private func lines(of name: String) throws -> (ids: Set<String>, torn: [String]) {
            var ids: Set<String> = []
            var torn: [String] = []
            for file in try folder.names() where file == name || file.hasPrefix("\(name).") {
                let bytes = try FileText(folder(file)).bytes()
                #expect(bytes.last == UInt8(ascii: "\n"), "\(file) ends in the midst of a line")
                bytes.withUnsafeBytes { bytes in
                    var begin = 0
                    // `split` takes seconds in a debug build.
                    while begin < bytes.count, let base = bytes.baseAddress,
                        let end = memchr(base + begin, 0x0A, bytes.count - begin)
                    {
                        let line = UnsafeRawBufferPointer(rebasing: bytes[begin..<base.distance(to: end)])
                        begin += line.count + 1
                        if let id = Self.id(ofWhole: line) {
                            ids.insert(id)
                        } else {
                            torn.append(String(decoding: line, as: UTF8.self))
                        }
                    }
                }
            }
            return (ids, torn)
        }

        /// `nil` when the line is not whole, or more than one.
        private static func id(ofWhole line: UnsafeRawBufferPointer) -> String? {
            let text = String(decoding: line, as: UTF8.self)
            let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
            guard parts.count == 9, parts[0] == "{", parts[1] == "id", parts[5] == "pad", parts[8] == "}" else {
                return nil
            }
            let pad = parts[3] == "c-0-0" ? 0 : 8_000
            return parts[7].utf8.count == pad ? String(parts[3]) : nil
        }

        /// The first part of a line, and of no other.
        private func isTorn(_ line: String) -> Bool {
            let start = #"{"id":""#
            return start.hasPrefix(line)
                || line.hasPrefix(start) && !line.hasSuffix("}") && !line.dropFirst().contains("{")
        }
    }
}
