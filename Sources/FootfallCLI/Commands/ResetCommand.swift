// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall

struct ResetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Log the user out, and print the new anonymousId.",
        discussion: """
            Later events have a new anonymousId, no userId and no traits. The session ends, unless the configuration \
            has "reset": "keep", and an open visit ends. Stored events keep their identity. Does nothing after \
            'footfall opt-out'.
            """)

    @OptionGroup var global: GlobalOptions

    func run() throws {
        try exiting {
            let settings = try Settings(global.values)
            guard !StateLocation.isTrackingRefused else { return report(Unstored(.optedOut)) }
            let client = try Client(settings, global.values, undone: Self.undone)
            defer { client.close() }
            if let unstored = try client.refusal() { return report(unstored) }
            client.analytics.reset()
            try client.commit()
            let id = client.analytics.anonymousId
            if global.json {
                Console.write(["anonymousId": .string(id)])
            } else {
                Console.show(id)
            }
        }
    }

    private static let undone = "nothing was reset"

    private func report(_ unstored: Unstored) {
        global.values.report(
            ["anonymousId": .null, "reason": .string(unstored.reason.rawValue)],
            "\(Self.undone): \(unstored.sentence)")
    }
}
