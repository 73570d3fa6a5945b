// SPDX-License-Identifier: MIT

/// What a fault of the configuration leads to: the end of the command, or a warning.
struct FaultTolerance {
    /// The command ends with 64: it would send events elsewhere, or nowhere.
    static let end = FaultTolerance(isTolerant: false)
    /// The command goes on without what is wrong. For a change of the consent, which needs
    /// nothing but the state directory.
    static let warn = FaultTolerance(isTolerant: true)

    private let isTolerant: Bool
    /// The faults that were tolerated.
    private(set) var warnings: [String] = []

    private init(isTolerant: Bool) { self.isTolerant = isTolerant }

    /// The value that `body` reads; `fallback` after a fault that is tolerated.
    mutating func value<R>(or fallback: @autoclosure () throws -> R, _ body: () throws -> R) throws -> R {
        do {
            return try readingConfiguration(body)
        } catch let fault as CommandExit {
            guard isTolerant, fault.code == .usage, let message = fault.message else { throw fault }
            let value = try fallback()
            warnings.append(message)
            return value
        }
    }
}
