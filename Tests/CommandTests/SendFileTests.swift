// SPDX-License-Identifier: MIT
import Footfall
import TestSupport
import Testing

/// Files of `send` that are compressed, damaged or no text.
@Suite struct SendFileTests {
    let footfall = Command()

    private func lines(_ numbers: ClosedRange<Int>) -> [UInt8] {
        Array(numbers.map { "{\"type\":\"track\",\"event\":\"e\($0)\",\"messageId\":\"m-\($0)\"}\n" }.joined().utf8)
    }

    private func counts(_ read: Int, _ stored: Int, _ rejected: Int = 0) -> JSONObject {
        [
            "read": .int(Int64(read)), "stored": .int(Int64(stored)), "rejected": .int(Int64(rejected)), "unordered": 0,
            "sessions": 0,
        ]
    }

    /// The numbers of the events that reach a collector.
    private func delivered() throws -> [Int] {
        let sink = try Sink(footfall)
        try footfall("flush")
        #expect(sink.collector.statistics.rejected == 0)
        return try footfall.events(in: "collected.ndjson").compactMap { $0["event"]?.stringValue }
            .filter { $0.hasPrefix("e") }.compactMap { Int($0.dropFirst()) }
    }

    // MARK: - Gzip

    @Test func readsGzipFilesBesideOthers() throws {
        let one = try footfall.write("one.gz", gzip(lines(1...3)))
        let two = try footfall.write("two.ndjson", lines(4...5))
        let three = try footfall.write("three.log", gzip(lines(6...6)))
        let run = try footfall("send", "--json", one, two, three)
        #expect(run.status == 0 && run.talk.isEmpty, "\(run)")
        #expect(run.json == counts(6, 6))
        #expect(try delivered() == [1, 2, 3, 4, 5, 6])
    }

    /// A byte at a time, so that the first byte does not show the format.
    @Test(arguments: ["cat FILE", "dd bs=1 if=FILE"])
    func readsGzipFromStandardInput(_ source: String) throws {
        let path = try footfall.write("in.gz", gzip(lines(1...20)))
        let feed = source.replacing("FILE", with: path)
        footfall.starter = ["sh", "-c", "(\(feed)) 2>&- | \"$@\"", "sh"]
        let run = try footfall("send", "--json")
        footfall.starter = []
        #expect(run.status == 0 && run.talk.isEmpty, "\(run)")
        #expect(run.json == counts(20, 20))
        #expect(try delivered() == Array(1...20))
    }

    @Test func readsMembersThatFollowEachOtherAndTheZerosAfterThem() throws {
        // A line may go over the border of two members.
        let all = lines(1...9)
        let cut = all.count / 2
        let bytes = gzip(Array(all[..<cut])) + gzip([]) + gzip(Array(all[cut...])) + [UInt8](repeating: 0, count: 512)
        let run = try footfall("send", "--json", try footfall.write("members.gz", bytes))
        #expect(run.status == 0 && run.talk.isEmpty, "\(run)")
        #expect(try delivered() == Array(1...9))
    }

    @Test func readsMoreThanTheBuffersHold() throws {
        let path = try footfall.write("large.gz", gzip(lines(1...30_000)))
        let run = try footfall("send", "--json", path)
        #expect(run.status == 0, "\(run)")
        #expect(run.json == counts(30_000, 30_000))
    }

    @Test func goesOnFromALineOfGzipData() throws {
        let one = try footfall.write("one.gz", gzip(lines(1...4)))
        let two = try footfall.write("two.gz", gzip(lines(5...8)))
        let run = try footfall("send", "--json", "--from-line", "7", one, two)
        #expect(run.json == counts(2, 2))
        #expect(try delivered() == [7, 8])
    }

    @Test func skipsALineThatIsTooLongInGzipData() throws {
        let long = [UInt8](repeating: UInt8(ascii: " "), count: 3 << 20)
        let run = try footfall(
            "send", "--json", try footfall.write("long.gz", gzip(lines(1...1) + long + [0x0A] + lines(2...2))))
        #expect(run.status == 65)
        #expect(run.json == counts(3, 2, 1))
        #expect(run.talk.contains("long.gz:2: the line is too long"), "\(run)")
    }

    @Test func skipsAByteOrderMarkInGzipData() throws {
        let path = try footfall.write("mark.gz", gzip([0xEF, 0xBB, 0xBF] + lines(1...2)))
        let run = try footfall("send", "--json", path, path)
        #expect(run.status == 0 && run.json == counts(4, 4), "\(run)")
    }

    /// Whatever is wrong with the data, the command ends in order.
    @Test func survivesDamageOfAnyKind() throws {
        var random = SplitMix64()
        let whole = gzip(lines(1...60)) + gzip(lines(61...120))
        for _ in 0..<25 {
            var bytes = whole
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random)) }
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                bytes[Int.random(in: 2..<max(bytes.count, 3), using: &random) % bytes.count] = .random(
                    in: 0 ... .max, using: &random)
            }
            let run = try footfall("send", "--json", try footfall.write("damaged.gz", bytes))
            #expect([0, 65].contains(run.status), "seed \(random.seed): \(run)")
            #expect(
                run.json?["read"] != nil && run.talk.split(separator: "\n").allSatisfy { $0.hasPrefix("footfall: ") },
                "seed \(random.seed): \(run)")
        }
    }

    @Test func takesEmptyFiles() throws {
        let run = try footfall(
            "send", "--json", try footfall.write("empty", [UInt8]()), try footfall.write("empty.gz", gzip([])))
        #expect(run.status == 0 && run.json == counts(0, 0), "\(run)")
    }

    @Test func rejectsALineThatOnlyBeginsAsGzipData() throws {
        for bytes: [UInt8] in [[0x1F], [0x1F, 0x0A], Array("B\n".utf8), Array("P".utf8), [0xFF], [0x00]] {
            let run = try footfall("send", "--json", try footfall.write("odd", bytes))
            #expect(run.status == 65 && run.json == counts(1, 0, 1), "\(bytes): \(run)")
            #expect(run.talk.contains("odd:1: "), "\(run)")
        }
    }

    // MARK: - Damage

    @Test func storesWhatIsBeforeTheDamageAndReadsTheOtherFiles() throws {
        let whole = gzip(lines(1...2_000))
        var wrongSum = gzip(lines(1...3))
        wrongSum[wrongSum.count - 6] ^= 1
        let cases: [(name: String, bytes: [UInt8], problem: String)] = [
            ("cut.gz", Array(whole.dropLast(whole.count / 2)), "ends too early"),
            ("tail.gz", Array(gzip(lines(1...3)).dropLast(4)), "ends too early"),
            ("header.gz", Array(whole.prefix(5)), "ends too early"),
            ("sum.gz", wrongSum, "is damaged"),
            ("rest.gz", gzip(lines(1...3)) + lines(4...4), "is damaged"),
            ("garbage.gz", [0x1F, 0x8B] + lines(1...1), "is damaged"),
        ]
        let after = try footfall.write("after.ndjson", lines(9_001...9_001))
        for (name, bytes, problem) in cases {
            let run = try footfall("send", "--json", try footfall.write(name, bytes), after)
            #expect(run.status == 65, "\(name): \(run)")
            let stored = try #require(run.json?["stored"]?.intValue)
            let place = "footfall: \(footfall.home)/\(name):\(stored): the gzip data \(problem)"
            #expect(run.talk.hasPrefix(place), "\(name): \(run)")
            #expect(run.talk.split(separator: "\n").count == 1 && run.json?["rejected"] == 0, "\(run)")
            #expect(stored >= 1 && run.json?["read"]?.intValue == stored)
        }
        let numbers = try delivered()
        #expect(numbers.count { $0 == 9_001 } == cases.count)
        #expect(numbers.contains(500), "half of the data has more than a quarter of the lines")
    }

    @Test func stopsAtDamageWhenStrict() throws {
        let cut = try footfall.write("cut.gz", Array(gzip(lines(1...3)).dropLast(4)))
        let run = try footfall("send", "--strict", "--json", cut, try footfall.write("after", lines(9...9)))
        #expect(run.status == 65 && run.json == counts(3, 3), "\(run)")
    }

    @Test(
        arguments: [
            ([0x28, 0xB5, 0x2F, 0xFD, 0x04], "zstd -dc"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "xz -dc"),
            ([0x42, 0x5A, 0x68, 0x39], "bzip2 -dc"), ([0x04, 0x22, 0x4D, 0x18, 0x60], "lz4 -dc"),
            ([0x50, 0x4B, 0x03, 0x04, 0x14], "funzip"), ([0xFF, 0xFE, 0x7B, 0x00], "iconv -f UTF-16"),
            ([0xFE, 0xFF, 0x00, 0x7B], "iconv -f UTF-16"),
        ] as [([UInt8], String)])
    func namesTheProgramThatReadsAnotherFormat(_ bytes: [UInt8], _ program: String) throws {
        let path = try footfall.write("events", bytes + [0x0A, 0x0A])
        let run = try footfall("send", "--json", path, try footfall.write("after", lines(1...1)))
        #expect(run.status == 65 && run.json == counts(1, 1), "\(run)")
        #expect(run.talk.contains("footfall: \(path): this is ") && run.talk.contains("pipe it through \(program)"))
        #expect(run.talk.split(separator: "\n").count == 1, "\(run)")
    }

    @Test func deliversTheOtherFilesWhenOneCannotBeRead() throws {
        let sink = try Sink(footfall)
        let run = try footfall(
            "send", "--deliver", "\(footfall.home)/missing", try footfall.write("one", lines(1...1)))
        #expect(run.status == 64 && run.talk.contains("missing: No such file"), "\(run)")
        #expect(sink.collector.statistics.events == 2, "and the start of the session")
    }

    // MARK: - Where to go on

    @Test(arguments: [("6", 64), ("5", 0), ("4", 0), ("99999999999", 64)])
    func refusesALineBeyondTheEnd(_ line: String, _ status: Int) throws {
        let one = try footfall.write("one", lines(1...3))
        let two = try footfall.write("two.gz", gzip(lines(4...4)))
        for replay in [[], ["--replay"]] {
            let run = try footfall.run(["send", "--json", "--from-line", line, one, two] + replay, "")
            // The line after the last one is where a run goes on that had stored all.
            #expect(Int(run.status) == (line == "4" && !replay.isEmpty ? 65 : status), "\(run)")
            if status == 64 {
                #expect(run.talk == "footfall: --from-line: \(line) is beyond the end: there are 4 lines\n")
                #expect(run.json == counts(0, 0))
            }
        }
        #expect(try footfall("send", "--from-line", "2", input: "").talk.contains("there are 0 lines"))
    }
}
