// SPDX-License-Identifier: MIT

extension Runtime {
    /// The sources whose held events this process takes up.
    ///
    /// These are its own and, unless it is a command, that of its application's commands: what a command held may wait
    /// for a plugin that only the application has.
    var heldSources: [String] {
        guard !configuration.isRehearsal else { return [] }
        guard configuration.role != .command else { return [source] }
        return [source, "\(Configuration.Role.command.rawValue):\(configuration.application?.id ?? "")"]
    }
}
