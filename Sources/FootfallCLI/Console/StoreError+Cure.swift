// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore
import Glibc

extension StoreError {
    /// What the user of the command can do about it, after a semicolon; empty when the
    /// description says that already, or when nothing is known.
    var cure: String {
        guard !detail.has("; ") else { return "" }
        let code = if case .system(let code) = kind { code } else { cause }
        return switch code {
        case EACCES, EPERM: "; run it as the user who owns the store"
        case ENOTDIR: "; name a directory with --state-dir"
        default: ""
        }
    }
}
