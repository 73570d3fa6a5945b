// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall
import FootfallJSON
import FootfallStore

struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the configuration, the store, the session, and for each destination what waits and why.",
        discussion: "Nothing is changed. All numbers of one look are of one moment.")

    @Flag(help: "Look again and again, until Ctrl-C.")
    var watch = false

    @Option(help: ArgumentHelp("With --watch: the time between two looks.", valueName: "duration"))
    var interval = WaitDuration(argument: "2s")

    @OptionGroup var global: GlobalOptions

    func run() throws {
        try exiting {
            let interval = try Looks.interval(self.interval, of: "--interval")
            let settings = try Settings(global.values)
            guard watch else { return try look(settings) }
            var isFirst = true
            try Looks.repeated(every: interval) {
                let status = try usingStore { try StoreStatus(settings) }
                if !global.json {
                    Console.clearScreen()
                    if !isFirst, !Console.isScreen { Console.show("") }
                }
                isFirst = false
                show(status, settings)
            }
        }
    }

    private func look(_ settings: Settings) throws {
        show(try usingStore { try StoreStatus(settings) }, settings)
    }

    private func show(_ status: StoreStatus, _ settings: Settings) {
        guard global.json else { return StatusView(status, settings).show() }
        Console.write(json(status, settings))
    }

    private func json(_ status: StoreStatus, _ settings: Settings) -> JSONObject {
        var object = status.json
        object["profile"] = .string(settings.profileName)
        object["config"] = ConfigurationIdentity(settings.path, at: status.moment.wall).json
        return object
    }
}
