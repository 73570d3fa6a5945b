// SPDX-License-Identifier: MIT
import Glibc

/// A system call of a test's own failed: what it was to do, on what, and why not.
package struct SystemFailure: Error, Equatable, CustomStringConvertible {
    package let action: String
    package let path: String
    package let errorNumber: Int32

    package init(_ action: String, _ path: String, _ errorNumber: Int32 = errno) {
        self.action = action
        self.path = path
        self.errorNumber = errorNumber
    }

    package var description: String {
        "\(action) \(path): \(String(cString: strerror(errorNumber))) (errno \(errorNumber))"
    }
}
