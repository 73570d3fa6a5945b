// SPDX-License-Identifier: MIT
import Footfall
import FootfallJSON

/// What one line of the input is.
enum ImportLine {
    case empty
    case event(Event)
    /// Why the line is not an event.
    case problem(String)

    /// Reads a line; its bytes are not kept.
    init(_ line: LineReader.Line) {
        switch line {
        case .tooLong:
            self = .problem("the line is too long: an event may have \(readable(bytes: Limits.eventBytes))")
        case .text(let bytes):
            let text = bytes.dropFirst(ByteOrderMark.count(bytes))
            guard !text.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) else {
                self = .empty
                return
            }
            do throws(EventReader.Problem) {
                self = .event(try EventReader.read(bytes))
            } catch {
                self = .problem("\(error)")
            }
        }
    }
}
