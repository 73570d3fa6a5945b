// SPDX-License-Identifier: MIT

/// The options of the command line.
struct Options {
    static let usage = """
        usage: kiosk [--version V] [--build B] [--idle SECONDS] [--state DIRECTORY]
        Lines of the input: attract, touch, buy NAME, film, over, leave, sleep, wake, wait SECONDS, quit
        """

    var version = "1.0.0"
    var build = "100"
    var idle = 60.0
    var state: String?

    /// `nil` when an option is unknown or its value cannot be used.
    init?(_ arguments: some Sequence<String>) {
        var rest = arguments.makeIterator()
        while let option = rest.next() {
            guard let value = rest.next() else { return nil }
            switch option {
            case "--version": version = value
            case "--build": build = value
            case "--state": state = value
            case "--idle":
                guard let seconds = Double(value), seconds > 0, seconds < 1e6 else { return nil }
                idle = seconds
            default: return nil
            }
        }
    }
}
