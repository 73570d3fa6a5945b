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
            guard !StateLocation.isTrackingRefused else {
                return nothing("doNotTrack", "DO_NOT_TRACK is set; unset it for this command")
            }
            let client = try Client(settings, global.values)
            defer { client.close() }
            guard !client.analytics.isOptedOut else {
                return nothing("optedOut", "the user opted out; footfall opt-in ends that")
            }
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

    private func nothing(_ reason: String, _ text: String) {
        global.values.report(["anonymousId": .null, "reason": .string(reason)], "nothing was reset: \(text)")
    }
}
