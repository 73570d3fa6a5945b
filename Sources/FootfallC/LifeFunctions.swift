// SPDX-License-Identifier: MIT
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// The header documents the functions.
import CFootfall
import Footfall
import FootfallJSON

// MARK: - Delivering

@c @implementation
public func footfall_flush(_ client: OpaquePointer!) {
    reporting(()) { () throws(CallProblem) in try Client.open(client).analytics.flush() }
}

@c @implementation
public func footfall_flush_wait(
    _ client: OpaquePointer!, _ timeout_ms: Int32, _ report: UnsafeMutablePointer<footfall_flush_report>!
) -> footfall_status {
    reportingStatus { () throws(CallProblem) in
        let client = try Client.open(client)
        if let report { _ = try Arguments.copy(report, footfall_flush_report(), "footfall_flush_report") }
        guard !client.isInCallback else {
            throw CallProblem(FOOTFALL_WOULD_DEADLOCK, "footfall_flush_wait was called from a callback of the client")
        }
        let result = client.analytics.flush(timeout: .milliseconds(Int(max(timeout_ms, 0))))
        if let report { write(result, to: report) }
        guard !result.isDelivered else { return FOOTFALL_OK }
        guard !client.isClosed else { throw .closed }
        let waiting = "\(counted(result.queued, "event")) still queued"
        let why = result.problems.isEmpty ? waiting : result.problems.joined(separator: "; ")
        if result.isBlocked { throw CallProblem(FOOTFALL_BLOCKED, why) }
        let isOverdue = result.problems.contains {
            $0 == FootfallError.overdue.message || $0.hasPrefix(FlushCall.noAnswer)
        }
        let isUnknown = result.queued <= 0 || result.problems.contains(FlushReport.noDestination)
        throw CallProblem(isUnknown && !isOverdue ? FOOTFALL_UNAVAILABLE : FOOTFALL_TIMEOUT, why)
    }
}

/// Writes what the caller's version of the struct has.
private func write(_ result: FlushReport, to report: UnsafeMutablePointer<footfall_flush_report>) {
    let target = UnsafeMutableRawPointer(report)
    let size = target.loadUnaligned(as: UInt.self)
    var full = footfall_flush_report(
        size: Int(bitPattern: size), delivered: result.delivered, queued: result.queued, dropped: result.dropped,
        dead_lettered: result.deadLettered)
    withUnsafeBytes(of: &full) { bytes in
        target.copyMemory(
            from: UnsafeRawPointer(bytes.baseAddress ?? UnsafeRawPointer(target)),
            byteCount: Int(min(size, UInt(bytes.count))))
    }
}

@c @implementation
public func footfall_set_network_use(_ client: OpaquePointer!, _ use: Int32) {
    reporting(()) { () throws(CallProblem) in
        let analytics = try Client.open(client).analytics
        switch use {
        case 0: analytics.setNetworkUse(.open)
        case 1: analytics.setNetworkUse(.metered)
        case 2: analytics.setNetworkUse(.closed)
        default: throw .invalid("use is \(use), which is unknown")
        }
    }
}

// MARK: - The program's life

@c @implementation
public func footfall_did_become_active(_ client: OpaquePointer!) {
    reporting(()) { () throws(CallProblem) in try Client.open(client).analytics.applicationDidBecomeActive() }
}

@c @implementation
public func footfall_will_resign_active(_ client: OpaquePointer!) {
    reporting(()) { () throws(CallProblem) in try Client.open(client).analytics.applicationWillResignActive() }
}

@c @implementation
public func footfall_will_terminate(_ client: OpaquePointer!) {
    reporting(()) { () throws(CallProblem) in try Client.open(client).analytics.applicationWillTerminate() }
}

@c @implementation
public func footfall_handle_signals(_ client: OpaquePointer!, _ on: Bool) {
    reporting(()) { () throws(CallProblem) in try Client.open(client).handleSignals(on) }
}
