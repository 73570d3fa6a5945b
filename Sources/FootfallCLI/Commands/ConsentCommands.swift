// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall
import FootfallConfigured
import FootfallJSON

struct OptOut: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "opt-out",
        abstract: "Stop recording and sending events, and remove those that are stored.",
        discussion: """
            The opt-out applies to every program that uses the store and lasts until 'footfall opt-in'. Running \
            programs stop sending within a tenth of a second. Only a deletion request of 'footfall forget' is still \
            delivered. To have the destinations delete the user's data, run 'footfall forget' before: after the \
            opt-out no user is known for whom they could be asked. Works even if DO_NOT_TRACK is set, and although the configuration has a fault, while the state \
            directory is known. Exit status 73 means that the opt-out could not be written.
            """)

    @OptionGroup var global: GlobalOptions

    func run() throws {
        try withClient(global.values, faults: .warn, undone: "the opt-out was not written") { client in
            guard client.analytics.optOut() else { throw client.consentNotWritten("the opt-out was not written") }
            try client.commit(undone: "the user is opted out, but what is stored could not be removed")
        }
    }
}

struct OptIn: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "opt-in", abstract: "Record events again, as a new anonymous user.",
        discussion: "Exit status 73 means that the opt-out could not be removed.")

    @OptionGroup var global: GlobalOptions

    func run() throws {
        try withClient(global.values, faults: .warn, undone: "the opt-out was not removed") { client in
            guard client.analytics.optIn() else { throw client.consentNotWritten("the opt-out was not removed") }
            // Removes what an interrupted opt-out left behind.
            try client.commit(undone: "the user is opted in, but what the opt-out left could not be removed")
        }
        if StateLocation.isTrackingRefused {
            Console.complain("DO_NOT_TRACK: it is set, so events are still not recorded; unset it")
        }
    }
}

struct Forget: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Ask the destinations to delete this user's data, and continue as a new anonymous user.",
        discussion: """
            Removes the stored events, dead letters and the identity, and says which destinations are asked. The \
            deletion request is kept until it is delivered, even after 'footfall opt-out'. An opt-out lasts: after it \
            no user is known any more, and nothing is asked. Destinations that take no \
            deletion requests (segment) are named, and so are those that are not enabled, which are not asked.
            """)

    @Option(
        defaultAsFlag: WaitDuration(argument: "5s"),
        help: ArgumentHelp(
            "Also deliver the request. Wait for at most this time, given as --wait=DURATION.",
            valueName: "duration"))
    var wait: WaitDuration?
    @OptionGroup var global: GlobalOptions

    func run() throws {
        try withClient(global.values, undone: "the user was not forgotten") { client in
            guard !StateLocation.isTrackingRefused else {
                throw CommandExit(
                    .usage, "nothing was removed or sent: DO_NOT_TRACK is set; unset it for this command")
            }
            let limit = try wait?.duration(of: "--wait")
            // Reads the identity, which may be that of an open visit.
            try client.commit()
            let report = try client.forget()
            // Where no user is known, no destination is passed over.
            let notAsked = report.isUserKnown ? client.settings.destinations.notAsked : []
            global.values.report(report.json(notAsked: notAsked), report.line(notAsked: notAsked))
            guard let limit, !report.requested.isEmpty else { return }
            try client.deliver("the deletion request", within: limit)
        }
    }
}

private func withClient(
    _ global: Globals, faults: FaultTolerance = .end, undone: String, _ body: (Client) throws -> Void
) throws {
    try exiting {
        let client = try Client(try Settings(global, faults: faults), global, undone: undone)
        defer { client.close() }
        try body(client)
    }
}

extension ErasureReport {
    /// - Parameter notAsked: The destinations that are not asked.
    fileprivate func json(notAsked: [(name: String, why: Absence)]) -> JSONObject {
        [
            "erased": .int(events), "deadLetters": .int(deadLetters),
            "requested": .array(requested.map { .string($0) }),
            "unsupported": .array(unsupported.map { .string($0) }),
            "notAsked": .array(notAsked.map { .string($0.name) }),
        ]
    }

    fileprivate func line(notAsked: [(name: String, why: Absence)]) -> String {
        let erased = "erased: \(counted(events, "event"))"
        guard isUserKnown else {
            return "\(erased) and \(counted(deadLetters, "dead letter")); no user is known any more, "
                + "so nothing was asked"
        }
        var parts = ["\(erased), \(counted(deadLetters, "dead letter")) and the identity"]
        if !requested.isEmpty { parts.append("asked: \(requested.joined(separator: ", "))") }
        if !notAsked.isEmpty {
            let names = notAsked.map { "\($0.name) (\($0.why.words))" }
            parts.append("not asked: \(names.joined(separator: ", "))")
        }
        if !unsupported.isEmpty { parts.append("cannot delete: \(unsupported.joined(separator: ", "))") }
        if parts.count == 1 { parts.append("nothing was asked: no destination is configured") }
        return parts.joined(separator: "; ")
    }
}

extension DestinationList {
    /// The destinations that a deletion request passes over, and why.
    fileprivate var notAsked: [(name: String, why: Absence)] {
        disabled.map { ($0, .disabled) } + unknown.map { ($0.name, .unknownType) }
    }
}

extension Client {
    fileprivate func forget() throws -> ErasureReport {
        do throws(FootfallError) {
            return try analytics.forget(timeout: Self.longestWait)
        } catch {
            throw failed(error)
        }
    }

    fileprivate func consentNotWritten(_ problem: String) -> CommandExit {
        CommandExit(
            .cannotCreate, "\(problem): \(firstError(.consentUnavailable).map(Self.reason) ?? "the reason is unknown")")
    }
}
