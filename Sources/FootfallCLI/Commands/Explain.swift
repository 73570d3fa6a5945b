// SPDX-License-Identifier: MIT
import AmplitudeActions
import ArgumentParser
import Footfall
import FootfallJSON
import FootfallMapping
import FootfallStore
import Glibc

struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show how an Amplitude destination maps an event, and which requests it would send.",
        discussion: """
            Reads one event as JSON, as 'footfall track --dry-run' prints it. Nothing is stored or sent. Exit status \
            65 means that a mapping or a trigger is wrong, or that Amplitude would refuse the event.
            """)

    @Argument(help: ArgumentHelp("A file with one event, or - for standard input.", valueName: "event.json"))
    var event = "-"

    @Option(help: ArgumentHelp("The name of the destination. (default: all Amplitude destinations)", valueName: "name"))
    var destination: String?

    @Flag(help: "Check the mappings and triggers only; read no event.")
    var check = false

    @OptionGroup var global: GlobalOptions

    func run() throws {
        try exiting {
            let settings = try Settings(global.values)
            let chosen = try chosenDestinations(settings)
            var isWrong = false
            for one in chosen {
                for problem in one.configuration.problems {
                    isWrong = true
                    Console.complain("\(one.name): \(problem)")
                }
            }
            if check {
                if !isWrong, !global.quiet { for one in chosen { Console.say("\(one.name): \(one.summary)") } }
            } else {
                let markers = settings.sessions?.markers ?? .amplitude
                let body = try readEvent(markers: [markers.start, markers.end])
                for one in chosen {
                    let explanation = Explanation(
                        of: body, by: one.configuration, now: SystemClock.system.wall())
                    if global.json {
                        Console.write(explanation.json(one.name))
                    } else {
                        for line in explanation.lines(one.name) { Console.show(line) }
                    }
                    isWrong = isWrong || explanation.isRefused
                }
            }
            if isWrong { throw CommandExit(.badInput) }
        }
    }

    private func chosenDestinations(_ settings: Settings) throws -> [AmplitudeActions] {
        let all = settings.destinations.enabled.compactMap { $0 as? AmplitudeActions }
        guard let destination else {
            guard !all.isEmpty else {
                throw CommandExit(
                    .usage, "destinations: none has the type amplitude; add one to the configuration")
            }
            return all
        }
        guard let one = all.first(where: { $0.name.isIdentical(to: destination) }) else {
            let cure =
                all.isEmpty
                ? "add one to the configuration" : "choose one of: \(all.map(\.name).joined(separator: ", "))"
            throw CommandExit(
                .usage, "--destination: \(ShownText.value(destination)): it is no Amplitude destination; \(cure)")
        }
        return [one]
    }

    private func readEvent(markers: [String]) throws -> JSON {
        let bytes: [UInt8]
        do {
            bytes = try SmallFile.read(event == "-" ? "/dev/stdin" : event)
        } catch {
            throw CommandExit(.usage, "\(error)")
        }
        let text = String(decoding: ByteOrderMark.skipped(bytes), as: UTF8.self)
        let lines = text.split(whereSeparator: \.isNewline)
        let isLines = lines.count > 1 && lines.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") }
        let value: JSON
        do {
            let values = try (isLines ? lines.map(String.init) : [text]).map { try JSONParser.parse($0) }
            // Session markers are stored around an event; they are not what a user asks about.
            value = values.first { !markers.contains($0.objectValue?["event"]?.stringValue ?? "") } ?? values[0]
        } catch {
            throw CommandExit(.badInput, "\(event): it is not JSON: \(error)")
        }
        let types = ["track", "identify", "screen", "page", "group", "alias", "delete"]
        guard let object = value.objectValue, let type = object["type"]?.stringValue, types.contains(type) else {
            throw CommandExit(.badInput, "\(event): type: it must be one of \(types.joined(separator: ", "))")
        }
        // A deletion request is none of the calls that 'send' reads.
        guard type != "delete" else { return value }
        do throws(EventReader.Problem) {
            return .object(try EventReader.normalized(object))
        } catch {
            throw CommandExit(.badInput, "\(event): \(error)")
        }
    }
}

extension AmplitudeActions {
    fileprivate var summary: String {
        "\(counted(configuration.mapper.mappings.count, "mapping")), no problems"
            + (configuration.mapsGroups
                ? "" : "; group calls are not sent: groupType and groupValue are not configured")
    }
}
