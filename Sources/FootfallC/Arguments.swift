// SPDX-License-Identifier: MIT
import CFootfall
import Footfall
import FootfallJSON

/// Reads what a C program passes.
enum Arguments {
    /// A text; `nil` for NULL.
    @inline(__always)
    static func text(_ pointer: UnsafePointer<CChar>?, _ what: StaticString) throws(CallProblem) -> String? {
        guard let pointer else { return nil }
        guard let text = String(validatingCString: pointer) else { throw .invalid("\(what) is not UTF-8") }
        return text
    }

    /// A text that must be there.
    static func required(_ pointer: UnsafePointer<CChar>?, _ what: StaticString) throws(CallProblem) -> String {
        guard let text = try text(pointer, what) else { throw .invalid("\(what) is NULL") }
        guard !text.isBlank else { throw .invalid("\(what) is blank") }
        return text
    }

    /// A JSON object; `nil` for NULL.
    static func object(_ pointer: UnsafePointer<CChar>?, _ what: StaticString) throws(CallProblem) -> JSONObject? {
        guard let pointer else { return nil }
        let value = try json(pointer, "\(what)")
        guard case .object(let object) = value else {
            throw .invalid("\(what): it must be an object, this is \(value.kind)")
        }
        return object
    }

    static func json(_ pointer: UnsafePointer<CChar>, _ what: @autoclosure () -> String) throws(CallProblem) -> JSON {
        guard let text = String(validatingCString: pointer) else { throw .invalid("\(what()) is not UTF-8") }
        do throws(JSONError) {
            return try JSONParser.parse(text)
        } catch {
            throw .invalid("\(what()): \(error)")
        }
    }

    /// A copy of a struct that a caller filled. What its version does not have is zero.
    ///
    /// - Parameter empty: The struct, filled with zeros.
    @inline(__always)
    static func copy<T>(
        _ pointer: UnsafePointer<T>, _ empty: T, _ what: StaticString
    ) throws(CallProblem) -> T {
        let source = UnsafeRawPointer(pointer)
        let size = source.loadUnaligned(as: UInt.self)
        guard size >= MemoryLayout<UInt>.size else {
            throw .invalid("\(what): size is \(size); set it to sizeof(\(what))")
        }
        var copy = empty
        withUnsafeMutableBytes(of: &copy) { target in
            target.copyMemory(from: UnsafeRawBufferPointer(start: source, count: Int(min(size, UInt(target.count)))))
        }
        return copy
    }
}
