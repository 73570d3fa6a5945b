// SPDX-License-Identifier: MIT
import FootfallJSON
import Glibc

@testable import FootfallCollector

/// A collector with an output file in a folder of its own, and what it told.
final class Workbench {
    let folder: Folder
    let collector: Collector
    let recorder = Recorder()

    init(_ change: (inout CollectorConfiguration) -> Void = { _ in }) throws {
        folder = try Folder()
        var configuration = CollectorConfiguration()
        configuration.output = folder.path("events.ndjson")
        change(&configuration)
        let recorder = recorder
        collector = try Collector(configuration) { recorder.record($0) }
    }

    deinit { collector.stop() }

    func client() throws -> HTTPClient { try HTTPClient(port: collector.port) }

    /// The whole output file.
    var output: String { folder.text(of: "events.ndjson") }
}

/// Keeps the batches that a collector told of.
final class Recorder: Sendable {
    private let kept = Guarded<[CollectedBatch]>([])
    var batches: [CollectedBatch] { kept.withLock { $0 } }
    func record(_ batch: CollectedBatch) { kept.withLock { $0.append(batch) } }
}

/// A folder that goes when nobody has it any more.
final class Folder {
    struct Failure: Error {}
    private let folder: String
    private var names: Set<String> = []

    init() throws {
        var template = Array("/tmp/footfall-collector-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw Failure() }
        folder = String(cString: made)
    }

    deinit {
        for name in names { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }

    /// The path of a file, which is removed with the folder.
    func path(_ name: String) -> String {
        names.insert(name)
        return "\(folder)/\(name)"
    }

    func text(of name: String) -> String {
        let descriptor = open("\(folder)/\(name)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let got = read(descriptor, &piece, piece.count)
            guard got > 0 else { return String(decoding: text, as: UTF8.self) }
            text += piece[..<got]
        }
    }
}

let success = #"{"success":true}"#
