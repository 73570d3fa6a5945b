// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall

struct OptOut: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "opt-out",
        abstract: "Stop recording and sending events, and remove those that are stored.",
        discussion: """
            The opt-out applies to every program that uses the store and lasts until 'footfall opt-in'. Running \
            programs stop sending within a tenth of a second. Only a deletion request of 'footfall forget' is still \
            delivered. Works even if DO_NOT_TRACK is set. Exit status 73 means that the opt-out could not be written.
            """)

    @OptionGroup var global: GlobalOptions

    func run() throws {
        try withClient(global.values) { client in
            guard client.analytics.optOut() else { throw client.consentNotWritten("the opt-out was not written") }
            try client.commit()
        }
    }
}

struct OptIn: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "opt-in", abstract: "Record events again, as a new anonymous user.",
        discussion: "Exit status 73 means that the opt-out could not be removed.")

    @OptionGroup var global: GlobalOptions

    func run() throws {
        try withClient(global.values) { client in
            guard client.analytics.optIn() else { throw client.consentNotWritten("the opt-out was not removed") }
            // Removes what an interrupted opt-out left behind.
            try client.commit()
        }
        if StateLocation.isTrackingRefused {
            Console.complain("events are still not recorded, because DO_NOT_TRACK is set; unset it")
        }
    }
}

struct Forget: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Ask the destinations to delete this user's data, and continue as a new anonymous user.",
        discussion: """
            Removes the stored events. The deletion request is kept until it is delivered, even after \
            'footfall opt-out'. Destinations that support no deletion requests (segment) are skipped.
            """)

    @Option(
        defaultAsFlag: WaitDuration(argument: "5s"),
        help: ArgumentHelp(
            "Also deliver the request. Wait for at most this time, given as --wait=DURATION.",
            valueName: "duration"))
    var wait: WaitDuration?
    @OptionGroup var global: GlobalOptions

    func run() throws {
        guard !StateLocation.isTrackingRefused else {
            return Console.complain("nothing is sent, because DO_NOT_TRACK is set; unset it for this command")
        }
        try withClient(global.values) { client in
            let limit = try wait?.duration(of: "--wait")
            // Reads the identity, which may be that of an open visit.
            try client.commit()
            client.analytics.forget()
            try client.commit()
            if let error = client.firstError(.deliveryFailed) { throw CommandExit(.unavailable, error.message) }
            guard let limit else { return }
            if let exit = try client.flush(within: limit).exit { throw exit }
        }
    }
}

private func withClient(_ global: Globals, _ body: (Client) throws -> Void) throws {
    try exiting {
        let client = try Client(try Settings(global), global)
        defer { client.close() }
        try body(client)
    }
}

extension Client {
    fileprivate func consentNotWritten(_ problem: String) -> CommandExit {
        CommandExit(
            .cannotCreate, "\(problem): \(firstError(.consentUnavailable).map(Self.reason) ?? "the reason is unknown")")
    }
}
