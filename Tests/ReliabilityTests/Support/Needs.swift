// SPDX-License-Identifier: MIT
import Glibc
import TestSupport
import Testing

/// What a test needs and a machine may refuse. It is tried once. A refusal is printed,
/// and the tests that need it are shown as skipped.
enum Need {
    /// Loop devices with ext4, for power cuts.
    static let loopDevice = has("loop devices") {
        let folder = TemporaryDirectory()
        guard let image = try? DiskImage(folder, "try", megabytes: 8) else { return "no image can be made" }
        return image.mount() ? nil : "an image cannot be mounted"
    }

    /// mount(8) of a tmpfs, for full disks.
    static let tmpfs = has("tmpfs") {
        let folder = TemporaryDirectory()
        return SmallDisk(folder("disk"), kilobytes: 64) == nil ? "a tmpfs cannot be mounted" : nil
    }

    /// strace(1) with fault injection.
    static let strace = has("strace") {
        let traced = try? ChildProcess.run(
            ["-f", "-e", "trace=none", "-e", "inject=fsync:error=EIO", "true"], program: "strace")
        return traced?.isClean == true ? nil : "strace does not trace: \(traced?.output ?? "it cannot be started")"
    }

    /// strace(1) that shows who called.
    static let stacks =
        strace
        && has("stacks of strace") {
            let folder = TemporaryDirectory()
            let file = folder("trace.txt")
            _ = try? ChildProcess.run(["-k", "-e", "trace=openat", "-o", file, "true"], program: "strace")
            let trace = try? folder.text(of: "trace.txt")
            return trace?.contains(" > ") == true ? nil : "strace was built without them"
        }

    /// A command of an earlier version, built elsewhere.
    static let earlierCommand = has("a command of an earlier version") {
        getenv("FOOTFALL_EARLIER_COMMAND") == nil ? "FOOTFALL_EARLIER_COMMAND names none" : nil
    }

    /// libfaketime's command.
    static let faketime = has("faketime") {
        (try? ChildProcess.run(["-f", "-1d", "true"], program: "faketime"))?.isClean == true
            ? nil : "there is no faketime"
    }

    /// script(1), which starts a program in a terminal.
    static let terminal = has("a terminal") {
        (try? ChildProcess.run(["-qec", "test -t 0", "/dev/null"], program: "script"))?.isClean == true
            ? nil : "script(1) makes none"
    }

    /// Programs that run as their owner, and another user to start them.
    static let setUserID = has("set-user-id programs") {
        let folder = TemporaryDirectory()
        guard let program = try? OtherUser(folder, "/usr/bin/id") else { return "none can be made: that takes root" }
        let ending = try? program.run(["-u"])
        return ending?.output == "\(OtherUser.owner)\n" ? nil : "it runs as \(ending?.output ?? "nobody")"
    }

    /// Root, who can be another user as well.
    static let otherUser = has("another user") {
        guard geteuid() == 0 else { return "only root can be another user" }
        let ending = try? ChildProcess.run(
            ["--reuid", "65533", "--regid", "65533", "--clear-groups", ChildProcess.host, "none"], program: "setpriv")
        return ending?.status == 64 ? nil : "setpriv does not start the host: \(ending?.output ?? "")"
    }

    static func has(_ what: String, _ reason: () -> String?) -> Bool {
        guard let why = reason() else { return true }
        print("skipped: what needs \(what): \(why)")
        return false
    }
}
