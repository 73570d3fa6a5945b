// SPDX-License-Identifier: MIT
import ArgumentParser

/// The options of every command. They may stand before or after the subcommand.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Read this configuration file instead of PROFILE.json in $XDG_CONFIG_HOME/footfall or /etc/footfall.",
            valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Use the configuration file and the store of this name. (default: default)", valueName: "name"))
    var profile: String?

    @Option(
        help: ArgumentHelp(
            "Keep the store in this directory instead of $XDG_STATE_HOME/footfall/PROFILE.", valueName: "dir"))
    var stateDir: String?

    @Flag(help: "Print results as JSON, one object per line.")
    var json = false

    @Flag(help: "Print nothing but results and errors.")
    var quiet = false

    @Flag(
        help: """
            Also print the configuration, the store and the destinations in use, and errors that do not stop the \
            command.
            """
    )
    var verbose = false
}

extension GlobalOptions {
    /// The values without the parser's property wrappers.
    var values: Globals {
        Globals(config: config, profile: profile, stateDir: stateDir, json: json, quiet: quiet, verbose: verbose)
    }
}
