// SPDX-License-Identifier: MIT
import Glibc
import TestSupport
import Testing

/// An ext4 file system in a file. A copy of the file is what is left after a
/// power cut: what the kernel or the file system still kept is not in it.
final class DiskImage {
    let file: String
    let path: String
    private(set) var isMounted = false

    /// An empty one, not mounted.
    init(_ folder: TemporaryDirectory, _ name: String, megabytes: Int = 24, blockBytes: Int = 4_096) throws {
        file = folder("\(name).img")
        path = folder("\(name).mounted")
        mkdir(path, 0o700)
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        ftruncate(descriptor, megabytes << 20)
        close(descriptor)
        let made = try ChildProcess.run(["-q", "-F", "-m", "0", "-b", "\(blockBytes)", file], program: "mkfs.ext4")
        try #require(made.isClean, "\(made.output)")
    }

    /// What is in the file of another now, as after a power cut.
    ///
    /// The copy is made twice and compared: the kernel may write meanwhile.
    init(cutting other: DiskImage, _ folder: TemporaryDirectory, _ name: String) throws {
        file = folder("\(name).img")
        path = folder("\(name).mounted")
        mkdir(path, 0o700)
        for _ in 0..<20 {
            let copied = try ChildProcess.run(["--sparse=always", other.file, file], program: "cp")
            try #require(copied.isClean, "\(copied.output)")
            if try ChildProcess.run(["-s", other.file, file], program: "cmp").isClean { return }
        }
        Issue.record("the image did not stand still")
    }

    deinit {
        unmount()
        unlink(file)
        rmdir(path)
    }

    /// Replays the file system's journal, as after a power cut.
    func mount() -> Bool {
        let ending = try? ChildProcess.run(["-t", "ext4", "-o", "loop", file, path], program: "mount")
        isMounted = ending?.isClean == true
        return isMounted
    }

    /// Takes up all there is.
    func fillWhole() { fillFileSystem("\(path)/ballast") }

    func unmount() {
        guard isMounted else { return }
        // Lazily: a process that a test could not end must not keep it.
        _ = try? ChildProcess.run(["-l", path], program: "umount")
        isMounted = false
    }
}
