// SPDX-License-Identifier: MIT
import Glibc

/// A null-terminated array of C strings.
package final class CStrings {
    package private(set) var pointers: [UnsafeMutablePointer<CChar>?]

    package init(_ texts: [String]) { pointers = texts.map { strdup($0) } + [nil] }

    deinit { for pointer in pointers { free(pointer) } }
}
