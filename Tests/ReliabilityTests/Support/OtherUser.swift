// SPDX-License-Identifier: MIT
import Glibc
import TestSupport
import Testing

/// A program that belongs to one user, runs as that user, and is started by another.
struct OtherUser {
    /// `daemon`, on every Debian and Fedora.
    static let owner: uid_t = 1
    /// Who starts it: has no entry anywhere.
    private static let starter = 54_321
    private let path: String

    init(_ folder: TemporaryDirectory, _ program: String) throws {
        let name = program.split(separator: "/").last ?? "program"
        path = folder("set-user-id-\(name)")
        try #require(geteuid() == 0 && chmod(folder.path, 0o755) == 0)
        try #require(try ChildProcess.run([program, path], program: "cp").isClean)
        try #require(chown(path, Self.owner, Self.owner) == 0 && chmod(path, 0o4755) == 0)
    }

    func run(_ arguments: [String], environment: [String: String] = [:]) throws -> ProcessEnding {
        try ChildProcess.run(
            ["--reuid=\(Self.starter)", "--regid=\(Self.starter)", "--clear-groups", path] + arguments,
            program: "setpriv", environment: environment)
    }
}
