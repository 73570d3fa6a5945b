// SPDX-License-Identifier: MIT
import CLimits
import Glibc

/// Runs programs. Each measure runs in a process of its own, so that it does not warm
/// another measure's caches or grow its heap.
enum Child {
    /// Runs a program and returns its output; `nil` when it failed.
    static func run(_ arguments: [String]) -> String? {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addclose(&actions, ends[0])
        posix_spawn_file_actions_addclose(&actions, ends[1])
        let process = spawn(arguments, &actions)
        posix_spawn_file_actions_destroy(&actions)
        close(ends[1])
        var output: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let got = read(ends[0], &bytes, bytes.count)
            guard got > 0 else { break }
            output += bytes.prefix(got)
        }
        close(ends[0])
        guard let process, wait(for: process) == 0 else { return nil }
        return String(decoding: output, as: UTF8.self)
    }

    /// Runs a program and returns how long it took in nanoseconds; `nil` when it failed.
    static func time(_ arguments: [String]) -> Int64? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let begin = ftf_limits_now()
        guard let process = spawn(arguments, &actions), wait(for: process) == 0 else { return nil }
        return ftf_limits_now() - begin
    }

    private static func spawn(_ arguments: [String], _ actions: inout posix_spawn_file_actions_t) -> pid_t? {
        var texts: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        texts.append(nil)
        defer { for text in texts { free(text) } }
        var process = pid_t()
        return posix_spawn(&process, arguments[0], &actions, nil, texts, environ) == 0 ? process : nil
    }

    private static func wait(for process: pid_t) -> Int32 {
        var status: Int32 = -1
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status
    }

    /// A size in /proc/self/status, in kilobytes: `VmRSS` (current) or `VmHWM` (peak).
    static func memory(_ name: String) -> Double {
        guard let file = fopen("/proc/self/status", "r") else { return .nan }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, 256, file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix("\(name):") else { continue }
            return text.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Double($0) }
                ?? .nan
        }
        return .nan
    }
}
