// SPDX-License-Identifier: MIT
import CSystem
import FootfallJSON
import FootfallStore
import Glibc

/// The places that are used when a configuration does not name any.
package enum StateLocation {
    /// `$STATE_DIRECTORY` (set by systemd), else `footfall/NAME` in
    /// `$XDG_STATE_HOME`, else in `.local/state` of the home directory, which is
    /// looked up when `HOME` is not set (cron). `nil` when there is none of these:
    /// a directory that all users share, such as /tmp, is never used.
    package static func directory(named name: String) -> String? { current.directory(named: name) }

    /// Where the command looks for `NAME.json`, in this order: `footfall` in
    /// `$XDG_CONFIG_HOME`, else in `.config` of the home directory; then `/etc/footfall`.
    package static var configurationDirectories: [String] { current.configurationDirectories }

    /// The home directory: `HOME`, else the user's entry in passwd(5); `nil` when there is none.
    package static var home: String? { current.home }

    /// Why there is no directory, and what to set.
    package static var absence: String {
        "HOME is not set to an absolute path and the user \(geteuid()) has no home directory; set HOME or "
            + "XDG_STATE_HOME, or name a "
            + "directory: stateDirectory in the configuration, FOOTFALL_STATE_DIR or --state-dir for the command"
    }

    /// Why a path cannot be the state directory; `nil` when it can.
    ///
    /// A shell does not expand `~` in `--state-dir=~/x`, in quotes or in a file. Here it would be
    /// a directory called `~`, which is removed at the user's risk.
    package static func problem(ofDirectory path: String) -> String? {
        path.hasPrefix("~") ? "\(path): ~ is not expanded here; write the whole path, or ./\(path)" : nil
    }

    /// The value of an environment variable that is set and not empty.
    ///
    /// The values of Footfall's own variables are trimmed: in a file of variables that was
    /// written with CRLF each of them ends with a carriage return.
    ///
    /// `nil` in a process that is set-user-id, set-group-id or has file capabilities: its
    /// environment comes from another user. ``isTrackingRefused`` reads `DO_NOT_TRACK` even
    /// there.
    package static func environment(_ name: String) -> String? {
        let value = setting(name).map { name.hasPrefix("FOOTFALL_") ? $0.trimmed : $0 }
        return value.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The value of an environment variable that is set, perhaps to nothing. Otherwise as
    /// ``environment(_:)``.
    ///
    /// `nil` for a value that is not UTF-8: with its bytes replaced it would name another
    /// file, or be another key.
    package static func setting(_ name: String) -> String? {
        ftf_environment(name).flatMap { String(validatingCString: $0) }
    }

    /// The value of an environment variable that is an absolute path; `nil` otherwise.
    package static func path(_ name: String) -> String? { current.path(name) }

    /// Whether `DO_NOT_TRACK` is set to anything but `0`, `false` or nothing.
    package static var isTrackingRefused: Bool {
        guard let value = getenv("DO_NOT_TRACK") else { return false }
        return !["", "0", "false"].contains(String(cString: value).trimmed)
    }

    private static var current: Environment { Environment(value: environment, user: geteuid()) }
}

extension StateLocation {
    /// What the places depend on.
    struct Environment {
        /// The value of a variable that is set and not empty.
        var value: (String) -> String?
        var user: uid_t

        func directory(named name: String) -> String? {
            // systemd may name several, separated by colons; the first is used.
            if let given = path("STATE_DIRECTORY")?.split(separator: ":").first {
                return Self.join(String(given), safe(name))
            }
            guard let base = path("XDG_STATE_HOME") ?? home.map({ Self.join($0, ".local/state") }) else { return nil }
            return Self.join(base, "footfall/\(safe(name))")
        }

        var configurationDirectories: [String] {
            let user = path("XDG_CONFIG_HOME") ?? home.map { Self.join($0, ".config") }
            return [user.map { Self.join($0, "footfall") }, "/etc/footfall"].compactMap { $0 }
        }

        var home: String? {
            if let home = path("HOME") { return home }
            var entry = passwd()
            var found: UnsafeMutablePointer<passwd>?
            var room = [CChar](repeating: 0, count: 64 << 10)
            guard getpwuid_r(user, &entry, &room, room.count, &found) == 0, found != nil, let path = entry.pw_dir
            else { return nil }
            return String(validatingCString: path).flatMap { $0.hasPrefix("/") ? $0 : nil }
        }

        /// The value if it is an absolute path. The XDG specification has relative ones
        /// ignored, since each working directory would give another place. A `~` is not
        /// expanded: the shell does that.
        func path(_ name: String) -> String? { value(name).flatMap { $0.hasPrefix("/") ? $0 : nil } }

        /// The path of a name below a directory, which may be written with a slash at its end.
        private static func join(_ directory: String, _ name: String) -> String {
            directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
        }

        /// The name, changed so that it is one component of a path.
        private func safe(_ name: String) -> String {
            let kept = name.unicodeScalars.map { $0 == "/" || $0.value < 0x20 ? "_" : String($0) }.joined()
            return kept.isEmpty || kept == "." || kept == ".." ? "default" : kept
        }
    }
}

extension Configuration {
    /// The directory of the store.
    var directory: StateDirectory {
        if let path = stateDirectory {
            return path.isEmpty ? .nowhere("the path of the state directory is empty") : StateDirectory(path: path)
        }
        let path = StateLocation.directory(named: application?.id ?? "default")
        return path.map { StateDirectory(path: $0) } ?? .nowhere(StateLocation.absence)
    }
}
