// SPDX-License-Identifier: MIT
import CMicrohttpd

/// The functions of libmicrohttpd.
///
/// The table is never changed or freed, so any thread may use it.
struct HTTPLibrary: @unchecked Sendable {
    let functions: UnsafePointer<ftf_microhttpd>

    /// Loads the library unless it is loaded already.
    static func load() throws(CollectorError) -> HTTPLibrary {
        var why: UnsafePointer<CChar>?
        guard let table = ftf_microhttpd_table(&why) else {
            throw .libraryMissing(reason: why.map { String(cString: $0) } ?? "the reason is unknown")
        }
        return HTTPLibrary(functions: table)
    }

    /// Why a library with this file name cannot be used; `nil` when it can.
    static func reasonAgainst(name: String) -> String? {
        withUnsafeTemporaryAllocation(of: ftf_microhttpd.self, capacity: 1) { space -> String? in
            guard let table = space.baseAddress else { return nil }
            return ftf_microhttpd_load(name, table).map { String(cString: $0) }
        }
    }

    /// The value of a header of the current request.
    func header(_ name: StaticString, of connection: OpaquePointer?) -> UnsafePointer<CChar>? {
        let name = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
        return functions.pointee.lookup_connection_value(connection, .HEADER_KIND, name)
    }
}
