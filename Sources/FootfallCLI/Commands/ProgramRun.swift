// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallJSON
import Glibc

/// A program that `footfall run` starts.
///
/// Nothing of the recording happens on this thread: a store that is locked, or a disk that does not answer, must not
/// delay the program, its signals or its end.
struct ProgramRun {
    /// The arguments of the kernel, which need not be text. The last one is NULL.
    typealias Words = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

    /// How the program ended.
    enum End {
        case exited(Int32)
        case signal(Int32)
        /// It could not be started, with this errno.
        case notStarted(Int32)
    }

    /// How long the last event may delay the end of the command. A transaction takes milliseconds; a store that is
    /// in use by another process may take longer.
    private static let patience = Duration.seconds(5)

    private let words: Words

    init(_ words: Words) { self.words = words }

    /// The last component of the program's path.
    static func baseName(of words: Words) -> String {
        let path = words.pointee.map { String(cString: $0) } ?? ""
        return path.split(separator: "/").last.map(String.init) ?? path
    }

    /// Runs the program, and ends the process as the program ended.
    func run(_ recorder: RunRecorder) -> Never {
        let clock = SystemClock.system
        let begin = clock.moment
        let child = ftf_child_start(words)
        guard child > 0 else {
            let error = errno
            let name = words.pointee.map { String(cString: $0) } ?? ""
            Console.complain("\(ShownText.value(name)): it cannot be started: \(String(cString: strerror(error)))")
            recorder.begin()
            finish(recorder, .notStarted(error), begin, clock.moment)
            // As shells have it.
            _exit(error == ENOENT ? 127 : 126)
        }
        recorder.begin(at: begin)
        let status = wait(for: child)
        let isSignal = status & 0x7F != 0
        finish(
            recorder, isSignal ? .signal(status & 0x7F) : .exited(status >> 8 & 0xFF), begin, clock.moment)
        ftf_child_end_alike(status)
    }

    /// Passes signals on until the program ends.
    private func wait(for child: pid_t) -> Int32 {
        var status: Int32 = 0
        let descriptor = ftf_child_descriptor()
        while ftf_child_take(child, &status) == 0 {
            // Without a descriptor: ten times a second.
            ftf_wait_readable_either(descriptor, -1, descriptor < 0 ? 100_000_000 : -1)
        }
        return status
    }

    private func finish(_ recorder: RunRecorder, _ end: End, _ begin: Moment, _ moment: Moment) {
        let lasted = max(moment.bootNanoseconds &- begin.bootNanoseconds, 0) / 1_000_000
        recorder.end(end, afterMilliseconds: lasted, at: moment)
        let deadline = ftf_monotonic_nanoseconds() + Self.patience.nanoseconds
        while true {
            let left = deadline - ftf_monotonic_nanoseconds()
            guard left > 0 else {
                return Console.complain(
                    "the end of \(recorder.name) is not recorded: the store is still in use by another process")
            }
            let descriptor = ftf_child_descriptor()
            // Whoever ends the command now does not want it to wait.
            if ftf_child_take_end() != 0 { return }
            if ftf_wait_readable_either(recorder.finished, descriptor, left) & 1 != 0 { return }
        }
    }
}
