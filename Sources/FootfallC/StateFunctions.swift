// SPDX-License-Identifier: MIT
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// The header documents the functions.
import CFootfall
import Footfall
import FootfallJSON

// MARK: - Sessions and visits

@c @implementation
public func footfall_session_id(_ client: OpaquePointer!) -> Int64 {
    reporting(-1) { () throws(CallProblem) in try Client.open(client).analytics.sessionId ?? -1 }
}

@c @implementation
public func footfall_session_start(_ client: OpaquePointer!) {
    reporting(()) { () throws(CallProblem) in try Client.open(client).analytics.startNewSession() }
}

@c @implementation
public func footfall_session_end(_ client: OpaquePointer!) {
    reporting(()) { () throws(CallProblem) in try Client.open(client).analytics.endSession() }
}

@c @implementation
public func footfall_visitor_begin(_ client: OpaquePointer!) {
    reporting(()) { () throws(CallProblem) in try Client.open(client).analytics.visitor.begin() }
}

@c @implementation
public func footfall_visitor_end(_ client: OpaquePointer!, _ reason: UnsafePointer<CChar>!) {
    reporting(()) { () throws(CallProblem) in
        let client = try Client.open(client)
        let reason = try Arguments.text(reason, "reason")
        client.analytics.visitor.end(reason: reason.map { VisitEndReason(rawValue: $0) } ?? .completed)
    }
}

@c @implementation
public func footfall_visitor_set(_ client: OpaquePointer!, _ mode: Int32, _ on: Bool) {
    reporting(()) { () throws(CallProblem) in
        let visitor = try Client.open(client).analytics.visitor
        switch mode {
        case 1: on ? visitor.pauseIdle() : visitor.resumeIdle()
        case 2: on ? visitor.beginAttract() : visitor.endAttract()
        default: throw .invalid("mode is \(mode), which is unknown")
        }
    }
}

// MARK: - What is known

@c @implementation
public func footfall_get(
    _ client: OpaquePointer!, _ subject: Int32, _ buffer: UnsafeMutablePointer<CChar>!, _ size: Int
) -> Int {
    if let buffer, size != 0 { buffer[0] = 0 }
    return reporting(0) { () throws(CallProblem) in
        guard buffer != nil || size == 0 else { throw .invalid("buffer is NULL, and size is not 0") }
        // What the calls after the close came to can be read there too.
        let known = subject == 6 ? try Client.known(client) : try Client.open(client)
        var text = try known.text(about: subject)
        return text.withUTF8 { bytes in
            // A size beyond Int.max is as good as any other that is large enough.
            guard let buffer, size != 0 else { return bytes.count }
            var count = size < 0 ? bytes.count : min(bytes.count, size - 1)
            // A character is not cut: its further bytes begin with the bits 10.
            while count > 0, count < bytes.count, bytes[count] & 0xC0 == 0x80 { count -= 1 }
            for index in 0..<count { buffer[index] = CChar(bitPattern: bytes[index]) }
            buffer[count] = 0
            return bytes.count
        }
    }
}

extension Client {
    fileprivate func text(about subject: Int32) throws(CallProblem) -> String {
        switch subject {
        case 1: return analytics.anonymousId
        case 2: return analytics.userId ?? ""
        case 3: return analytics.traits.text
        case 4: return analytics.visitor.id ?? ""
        case 5: return analytics.stateDirectory.path
        case 6: return analytics.counters.json.text
        case 7:
            do {
                return try StoreStatus(analytics.configuration).json.text
            } catch {
                throw CallProblem(FOOTFALL_UNAVAILABLE, "\(error)")
            }
        case 8:
            let findings = Doctor.examine(analytics.configuration).map { finding -> JSON in
                [
                    "verdict": .string(finding.verdict.rawValue), "thing": .string(finding.thing),
                    "text": .string(finding.text),
                ]
            }
            return JSON.array(findings).text
        default: throw .invalid("subject is \(subject), which is unknown")
        }
    }
}

extension Counters {
    fileprivate var json: JSONObject {
        let reasons = dropped.sorted { $0.key.rawValue < $1.key.rawValue }
        return [
            "stored": .int(stored), "delivered": .int(delivered),
            "dropped": .object(JSONObject(reasons.map { ($0.key.rawValue, .int($0.value)) })),
            "batches": .int(batches), "bytesSent": .int(bytesSent), "pluginErrors": .int(pluginErrors),
            "storeBusy": .int(storeBusy),
        ]
    }
}

// MARK: - Consent

@c @implementation
public func footfall_set_recording(_ client: OpaquePointer!, _ on: Bool) {
    reporting(()) { () throws(CallProblem) in
        let analytics = try Client.open(client).analytics
        if on { analytics.optIn() } else { analytics.optOut() }
    }
}

@c @implementation
public func footfall_is_recording(_ client: OpaquePointer!) -> Bool {
    reporting(false) { () throws(CallProblem) in try Client.open(client).analytics.isRecording }
}

@c @implementation
public func footfall_forget(_ client: OpaquePointer!) {
    reporting(()) { () throws(CallProblem) in try Client.open(client).analytics.forget() }
}
