// SPDX-License-Identifier: MIT
import ArgumentParser

/// Taken before the subcommand and after it.
struct GlobalOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Read this configuration file.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("Name of the configuration and of the store. (default: default)", valueName: "name"))
    var profile: String?

    @Option(help: ArgumentHelp("Keep the store in this directory.", valueName: "dir"))
    var stateDir: String?

    @Flag(help: "Print results as JSON, one object a line.")
    var json = false

    @Flag(help: "Say nothing but errors.")
    var quiet = false

    @Flag(help: "Say what happens.")
    var verbose = false
}

extension GlobalOptions {
    /// What they say, without the parser's wrappers.
    var values: Globals {
        Globals(config: config, profile: profile, stateDir: stateDir, json: json, quiet: quiet, verbose: verbose)
    }
}
