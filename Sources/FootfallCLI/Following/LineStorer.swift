// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallJSON
import Glibc

/// Reads the whole lines of a followed file and stores them, each batch with the position behind it.
struct LineStorer {
    /// The longest line. An event may have 32 KiB; white space and escapes make its line longer.
    private static let longest = 1 << 20
    private static let batchSize = 1_000
    /// How long a store that cannot be used, or is full, is left alone.
    private static let rest = Duration.seconds(5)

    private let client: Client
    private let key: String
    private let signals: Int32
    private let buffer = LineBuffer(capacity: longest)
    private(set) var totals = Importer.Totals()
    /// Whether a signal arrived while the store could not be used.
    private(set) var isStopped = false
    /// The last problem of the store that was printed, without its numbers.
    private var said = ""
    /// How far the end of a line that is longer than the buffer was looked for, and where the line begins.
    private var searched: (of: FollowPosition, end: Int64)?

    /// - Parameter key: Where the position is kept.
    init(client: Client, key: String, signals: Int32) {
        self.client = client
        self.key = key
        self.signals = signals
    }

    /// Stores a position alone.
    mutating func keep(_ position: FollowPosition) { _ = commit([], position) }

    /// Stores all whole lines from a position on, and moves it behind them.
    mutating func storeLines(of file: FollowedFile, _ position: inout FollowPosition, place: String) throws {
        while !isStopped {
            let count = try file.read(position.offset, into: buffer.bytes)
            let bytes = UnsafeBufferPointer(rebasing: buffer.bytes[..<count])
            guard let end = bytes.lastIndex(of: 0x0A) else {
                guard count == buffer.bytes.count, try skipLongLine(of: file, &position, place) else { return }
                continue
            }
            store(UnsafeBufferPointer(rebasing: bytes[...end]), of: file, &position, place)
            // Less than the buffer has room for was there: the next look comes when more is written.
            if count < buffer.bytes.count { return }
        }
    }

    /// Stores what is left of a file that will not grow any more: a line without an end.
    mutating func storeRest(of file: FollowedFile, _ position: inout FollowPosition, place: String) throws {
        let count = try file.read(position.offset, into: buffer.bytes)
        guard count > 0 else { return }
        store(UnsafeBufferPointer(rebasing: buffer.bytes[..<count]), of: file, &position, place)
    }

    /// Stores lines. The last one may have no end.
    private mutating func store(
        _ lines: UnsafeBufferPointer<UInt8>, of file: FollowedFile, _ position: inout FollowPosition, _ place: String
    ) {
        var begin = 0
        while begin < lines.count, !isStopped {
            var next = position
            var events: [Event] = []
            var places: [String] = []
            var (read, rejected) = (Int64(0), Int64(0))
            while begin < lines.count, events.count < Self.batchSize {
                let rest = UnsafeBufferPointer(rebasing: lines[begin...])
                let end = rest.firstIndex(of: 0x0A) ?? rest.count
                let length = min(end + 1, rest.count)
                begin += length
                next.offset += Int64(length)
                next.line += 1
                switch ImportLine(.text(UnsafeBufferPointer(rebasing: rest[..<end]))) {
                case .empty: continue
                case .problem(let problem):
                    Console.complain("\(place):\(next.line): \(problem)")
                    rejected += 1
                case .event(let event):
                    events.append(event)
                    places.append("\(place):\(next.line)")
                }
                read += 1
            }
            next.firstLine = file.firstLine ?? next.firstLine
            guard let report = commit(events, next) else { return }
            totals.read += read
            totals.rejected += rejected
            count(report, events.count, places)
            position = next
        }
    }

    private mutating func count(_ report: BatchReport, _ events: Int, _ places: [String]) {
        totals.stored += Int64(events)
        for (index, reason) in report.rejected {
            totals.stored -= 1
            guard reason == .tooLarge || reason == .invalid else {
                totals.unstored[reason, default: 0] += 1
                continue
            }
            totals.rejected += 1
            Console.complain("\(places[index]): \(Unstored(reason).sentence)")
        }
    }

    /// Passes a line by that is longer than the buffer.
    ///
    /// - Returns: False while its end is not there.
    private mutating func skipLongLine(
        of file: FollowedFile, _ position: inout FollowPosition, _ place: String
    ) throws -> Bool {
        var offset = position.offset
        if let searched, searched.of == position { offset = searched.end }
        while true {
            let count = try file.read(offset, into: buffer.bytes)
            guard let end = buffer.bytes[..<count].firstIndex(of: 0x0A) else {
                offset += Int64(count)
                searched = (position, offset)
                guard count == buffer.bytes.count else { return false }
                continue
            }
            var next = position
            next.offset = offset + Int64(end) + 1
            next.line += 1
            next.firstLine = file.firstLine ?? next.firstLine
            guard commit([], next) != nil else { return false }
            searched = nil
            totals.read += 1
            totals.rejected += 1
            Console.complain(
                "\(place):\(next.line): the line is too long: an event may have \(readable(bytes: Limits.eventBytes))")
            position = next
            return true
        }
    }

    // MARK: - The store

    /// Stores events and the position behind them in one transaction, however long it takes until that is possible.
    ///
    /// - Returns: `nil` when a signal arrived before.
    private mutating func commit(_ events: [Event], _ position: FollowPosition) -> BatchReport? {
        while true {
            switch tryToStore(events, position) {
            case .success(let report) where !report.isFull:
                said = ""
                return report
            case .success: makeRoom()
            case .failure(let error):
                complain("the lines from \(position.line - Int64(events.count) + 1) on wait: \(Client.reason(error))")
                pause()
            }
            guard !isStopped else { return nil }
        }
    }

    private func tryToStore(_ events: [Event], _ position: FollowPosition) -> Result<BatchReport, FootfallError> {
        do throws(FootfallError) {
            // Looks whether the user has opted in again. While nothing is recorded, the place moves on alone.
            _ = try client.analytics.refusal()
        } catch {
            return .failure(error)
        }
        let report = client.analytics.store(events, values: [key: position.text])
        return report.error.map { .failure($0) } ?? .success(report)
    }

    /// Delivers events of a full store, or waits until another program does.
    private mutating func makeRoom() {
        guard let obstacle = client.settings.obstacle else {
            let end = DeliveryWait(analytics: client.analytics).run(within: .seconds(60)) { _, _ in }
            isStopped = end.signal != 0
            guard !isStopped, !end.report.hasProgress else { return }
            complain("the store is full; waiting for \(end.report.problems.joined(separator: "; "))")
            return pause()
        }
        complain("the store is full, and nothing can be delivered: \(obstacle)")
        pause()
    }

    private mutating func pause() {
        ftf_wait_readable_either(-1, signals, Self.rest.nanoseconds)
        isStopped = ftf_signals_take() != 0
    }

    /// Prints a problem, unless it is that of the last try.
    private mutating func complain(_ problem: String) {
        let words = problem.filter { !$0.isNumber }
        if words != said { Console.complain(problem) }
        said = words
    }
}

/// Memory for lines, which is freed with the object.
private final class LineBuffer {
    let bytes: UnsafeMutableBufferPointer<UInt8>

    init(capacity: Int) { bytes = .allocate(capacity: capacity) }

    deinit { bytes.deallocate() }
}
