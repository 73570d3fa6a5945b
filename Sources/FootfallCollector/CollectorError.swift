// SPDX-License-Identifier: MIT

/// Why a ``Collector`` did not start.
package enum CollectorError: Error, Sendable, Equatable {
    /// Another program listens on this port.
    case portInUse(UInt16)
    /// Listening fails for another reason, such as missing permission.
    case cannotListen(port: UInt16, reason: String)
    /// libmicrohttpd is not installed or is too old.
    case libraryMissing(reason: String)
    /// The certificate or its key cannot be used.
    case certificateRefused(reason: String)
    /// The output file cannot be opened for writing.
    case outputNotWritable(path: String, reason: String)
    /// A value of the configuration is out of range.
    case invalidConfiguration(String)
}

extension CollectorError: CustomStringConvertible {
    /// What is wrong and what to do, for the person who started the collector.
    package var description: String {
        switch self {
        case .portInUse(let port):
            "port \(port) of 127.0.0.1 is in use by another program; choose another port, or 0 for any free one"
        case .cannotListen(let port, let reason):
            "port \(port) of 127.0.0.1: \(reason)"
        case .libraryMissing(let reason):
            "libmicrohttpd cannot be loaded: \(reason); install it (Debian: libmicrohttpd12)"
        case .certificateRefused(let reason):
            "the certificate and key cannot be used: \(reason)"
        case .outputNotWritable(let path, let reason):
            "\(path): it cannot be written: \(reason)"
        case .invalidConfiguration(let problem):
            "the configuration cannot be used: \(problem)"
        }
    }
}
