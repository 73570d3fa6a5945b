// SPDX-License-Identifier: MIT
import CSQLite
import CSystem

/// The SQLite that this copy of the library calls. A process may have another one, for other code.
package enum SQLiteLibrary {
    /// The file that has its code, as the loader names it; empty when that is not known.
    package static var path: String { ftf_library_of(ftf_sqlite3_address()).map { String(cString: $0) } ?? "" }
}
