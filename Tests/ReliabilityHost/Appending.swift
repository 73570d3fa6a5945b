// SPDX-License-Identifier: MIT
import FileDestination
import Footfall
import Glibc

/// Appends batches of 100 long lines to `file` again and again, and dies after
/// `killAfter` microseconds. A line is `{"id":"RUN-BATCH-LINE","pad":"xx…"}`.
/// `note=FILE` gets how many batches the destination said are written.
func appendAndDie(_ arguments: Arguments) {
    guard let path = arguments.text("file"), let run = arguments.text("run"),
        let delivery = FileDestination(path: path, maximumBytes: arguments.number("size") ?? .max).makeDelivery()
    else { exit(64) }
    let note = arguments.text("note").map(Note.init)
    let pad = String(repeating: "x", count: 8_000)
    let attempt = DeliveryAttempt(sentAt: Timestamp(milliseconds: 0), retryCount: 0)
    dieLater(arguments)
    var batch = 0
    while true {
        let bodies = (0..<100).map { #"{"id":"\#(run)-\#(batch)-\#($0)","pad":"\#(pad)"}"# }
        switch delivery.begin(DeliveryBatch(bodies: bodies), attempt) {
        case .finished(.accepted):
            batch += 1
            note?.write(batch)
        case .finished(.retry): continue
        case let other:
            say("\(other)")
            exit(65)
        }
    }
}
