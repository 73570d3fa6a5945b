// SPDX-License-Identifier: MIT

/// Why a ``Collector`` did not start.
package enum CollectorError: Error, Sendable, Equatable {
    /// Another program listens on this port.
    case portInUse(UInt16)
    /// The port cannot be listened on for another reason, such as a missing right.
    case cannotListen(port: UInt16, reason: String)
    /// libmicrohttpd is not installed, or too old.
    case libraryMissing(reason: String)
    /// The certificate or its key is not usable.
    case certificateRefused(reason: String)
    /// The output file cannot be opened for writing.
    case outputNotWritable(path: String, reason: String)
    /// The configuration has a value that makes no sense.
    case invalidConfiguration(String)
}

extension CollectorError: CustomStringConvertible {
    /// One sentence for the person who started the collector.
    package var description: String {
        switch self {
        case .portInUse(let port):
            "Port \(port) on 127.0.0.1 is in use by another program; choose another port, or 0 for any free one."
        case .cannotListen(let port, let reason):
            "The collector cannot listen on port \(port) of 127.0.0.1: \(reason)."
        case .libraryMissing(let reason):
            "The collector needs libmicrohttpd (Debian package libmicrohttpd12), which cannot be loaded: \(reason)."
        case .certificateRefused(let reason):
            "The certificate and key for https are not usable: \(reason)."
        case .outputNotWritable(let path, let reason):
            "The output file \(path) cannot be written: \(reason)."
        case .invalidConfiguration(let problem):
            "The collector's configuration is not usable: \(problem)."
        }
    }
}
