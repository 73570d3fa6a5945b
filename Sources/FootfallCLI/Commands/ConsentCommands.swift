// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall

struct OptOut: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "opt-out",
        abstract: "Record and send nothing any more, and remove what is stored.",
        discussion: """
            It holds for all programs on the store, over restarts, until 'footfall opt-in'. Programs that deliver \
            stop within a tenth of a second. A request of 'footfall forget' is still delivered. It is recorded \
            under DO_NOT_TRACK as well. Ends with 73 when the opt-out cannot be written.
            """)

    @OptionGroup var global: GlobalOptions

    func run() throws {
        try withClient(global.values) { client in
            guard client.analytics.optOut() else { throw client.consentNotWritten("the opt-out is not written") }
            try client.commit()
        }
    }
}

struct OptIn: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "opt-in", abstract: "Record again, as somebody new.",
        discussion: "Ends with 73 when the opt-out cannot be taken back.")

    @OptionGroup var global: GlobalOptions

    func run() throws {
        try withClient(global.values) { client in
            guard client.analytics.optIn() else { throw client.consentNotWritten("the opt-out stays") }
            // What the opt-out did not remove yet is removed before the next event.
            try client.commit()
        }
        if Client.isSilent { Console.complain("DO_NOT_TRACK is set, so nothing is recorded all the same") }
    }
}

struct Forget: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Ask the destinations to delete what they have of this user, and go on as somebody new.",
        discussion: """
            What is stored is removed. The request is kept until it is delivered, also after 'footfall opt-out'; \
            destinations that know no such request (segment) are left out.
            """)

    @Option(
        defaultAsFlag: 5,
        help: ArgumentHelp("Deliver, and wait for it (--wait, or --wait=SECONDS).", valueName: "seconds"))
    var wait: Int?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if let wait, wait < 0 || wait >= 1 << 31 { throw ValidationError("--wait: it must be 0 to 2147483647 seconds") }
    }

    func run() throws {
        guard !Client.isSilent else {
            return Console.complain("DO_NOT_TRACK is set, so nothing is sent; unset it for this command")
        }
        try withClient(global.values) { client in
            // So that it is known who is there: it may be a visitor.
            try client.commit()
            client.analytics.forget()
            try client.commit()
            if let error = client.firstError(.deliveryFailed) { throw CommandExit(.unavailable, error.message) }
            guard let wait else { return }
            if let exit = try client.flush(within: .seconds(wait)).exit { throw exit }
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
    fileprivate func consentNotWritten(_ what: String) -> CommandExit {
        CommandExit(
            .cannotCreate, "\(what): \(firstError(.consentUnavailable).map(Self.reason) ?? "the reason is unknown")")
    }
}
