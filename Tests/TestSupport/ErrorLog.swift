// SPDX-License-Identifier: MIT
import Footfall

/// The errors that a client told its host, in order.
package final class ErrorLog: Sendable {
    private let told = Guarded<[FootfallError]>([])

    package init() {}

    package var errors: [FootfallError] { told.current }
    package var codes: [FootfallError.Code] { errors.map(\.code) }

    fileprivate func add(_ error: FootfallError) { told.read { $0.append(error) } }
}

extension Configuration {
    /// Errors go to a log.
    package func errors(to log: ErrorLog) -> Configuration { errorHandler { log.add($0) } }
}
