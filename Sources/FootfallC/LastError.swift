// SPDX-License-Identifier: MIT
import CFootfall
import CSystem

/// Why a call cannot be done.
struct CallProblem: Error {
    let status: footfall_status
    let text: String

    init(_ status: footfall_status, _ text: String) {
        self.status = status
        self.text = text
    }

    static func invalid(_ text: String) -> CallProblem { CallProblem(FOOTFALL_INVALID, text) }
    static let noClient = CallProblem(
        FOOTFALL_INVALID, "the client is NULL; footfall_new says why in footfall_last_error()")
    static let closed = CallProblem(FOOTFALL_CLOSED, "the client is closed")
}

/// The text that `footfall_last_error()` gives to this thread.
enum LastError {
    static func set(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                if let start = characters.baseAddress { ftf_set_message(start, characters.count) }
            }
        }
    }
}

/// Calls `body`. When that fails, the thread's last error says why.
@inline(__always)
func reportingStatus(_ body: () throws(CallProblem) -> footfall_status) -> footfall_status {
    let cancellation = ftf_cancellation_hold()
    defer { ftf_cancellation_release(cancellation) }
    do throws(CallProblem) {
        return try body()
    } catch {
        LastError.set(error.text)
        return error.status
    }
}

/// Calls `body`. When that fails, the thread's last error says why, and the result is `fallback`.
@inline(__always)
func reporting<R>(_ fallback: R, _ body: () throws(CallProblem) -> R) -> R {
    let cancellation = ftf_cancellation_hold()
    defer { ftf_cancellation_release(cancellation) }
    do throws(CallProblem) {
        return try body()
    } catch {
        LastError.set(error.text)
        return fallback
    }
}
