// SPDX-License-Identifier: MIT
import TestSupport
import Testing

/// A real D-Bus daemon with a mocked logind, in processes of their own that end
/// with this object.
final class MockedLogind {
    let address: String
    private let process: ChildProcess

    init() throws {
        let slash = #filePath.lastIndex(of: "/") ?? #filePath.endIndex
        process = try ChildProcess(
            program: "/usr/bin/python3", ["\(#filePath[..<slash])/Fixtures/logind.py"], errors: .file("/dev/null"))
        address = try #require(process.line(), "no answer of the mocked logind")
        try #require(address.hasPrefix("unix:"), "install dbus and python3-dbusmock (make deps-test): \(address)")
    }

    deinit {
        // It ends its daemon when its input ends.
        process.endInput()
        _ = process.wait(atMost: .seconds(600))
    }

    /// Lets logind do something; its answer.
    @discardableResult
    func say(_ text: String) throws -> String {
        process.write("\(text)\n")
        return try #require(process.line(), "no answer to \(text)")
    }

    /// How many programs it waits for before the machine sleeps.
    var inhibitors: Int {
        get throws { Int(try say("inhibitors")) ?? -1 }
    }
}
