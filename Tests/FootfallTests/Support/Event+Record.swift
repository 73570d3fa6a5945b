// SPDX-License-Identifier: MIT
import FootfallStore

@testable import Footfall

extension Event {
    /// The event as a record of a spool or of a file of held events.
    func record(_ sequence: Int64) -> ByteBuffer {
        var record = ByteBuffer()
        SpoolRecord.begin(&record)
        EventRecord.write(self, to: &record)
        SpoolRecord.finish(&record, sequence: sequence)
        return record
    }
}
