// SPDX-License-Identifier: MIT
import CSystem

/// A connection to logind. Use it on one thread.
final class Logind {
    /// A change that logind reports.
    enum Change: Sendable, Equatable {
        case sleep(Bool)
        case shutdown(Bool)
        case locked(Bool)
        case active(Bool)
        case idle(Bool)
    }

    private var connection: OpaquePointer?

    /// Connects without waiting for an answer; `nil` when there is no
    /// libsystemd or no bus.
    ///
    /// - Parameters:
    ///   - address: The address of a bus, for tests; `nil` for the system bus.
    ///   - session: The id of the session to observe; `nil` for none.
    init?(address: String?, session: String?, application: String) {
        let name = application.isEmpty ? "Footfall" : application
        guard let opened = ftf_logind_open(address, session, name, "keeping events") else { return nil }
        connection = opened
    }

    deinit { ftf_logind_close(connection) }

    /// The descriptor to poll; −1 when the connection is lost.
    var descriptor: Int32 { connection.map { ftf_logind_descriptor($0) } ?? -1 }

    /// Reads the changes that were reported since the last call.
    func takeChanges() -> [Change] {
        guard let connection else { return [] }
        var changes: [Change] = []
        while true {
            var value: Int32 = 0
            let change = ftf_logind_next(connection, &value)
            switch ftf_logind_change(UInt32(bitPattern: change)) {
            case FOOTFALL_LOGIND_SLEEP: changes.append(.sleep(value != 0))
            case FOOTFALL_LOGIND_SHUTDOWN: changes.append(.shutdown(value != 0))
            case FOOTFALL_LOGIND_LOCKED: changes.append(.locked(value != 0))
            case FOOTFALL_LOGIND_ACTIVE: changes.append(.active(value != 0))
            case FOOTFALL_LOGIND_IDLE: changes.append(.idle(value != 0))
            case FOOTFALL_LOGIND_NONE: return changes
            default:
                // The bus is gone: from here on only the host reports changes.
                ftf_logind_close(connection)
                self.connection = nil
                return changes
            }
        }
    }

    /// Whether logind waits for this process before the machine sleeps or shuts down.
    var delays: Bool { connection.map { ftf_logind_delays($0) != 0 } ?? false }

    /// Lets the machine sleep or shut down.
    func letGo() { if let connection { ftf_logind_release(connection) } }

    /// Asks logind to wait for this process the next time.
    func inhibit() { if let connection { ftf_logind_inhibit(connection) } }
}
