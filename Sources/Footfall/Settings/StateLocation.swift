// SPDX-License-Identifier: MIT
import CSystem
import FootfallJSON
import Glibc

/// Where a store lies when nobody says so.
public enum StateLocation {
    /// `$STATE_DIRECTORY` (set by systemd), else `footfall/NAME` in
    /// `$XDG_STATE_HOME`, else in `.local/state` of the home directory, which is
    /// looked up when `HOME` is not set (cron).
    public static func directory(named name: String) -> String {
        // systemd gives several, separated by colons; the first is ours.
        if let given = environment("STATE_DIRECTORY")?.split(separator: ":").first { return "\(given)/\(safe(name))" }
        let base = environment("XDG_STATE_HOME") ?? "\(home)/.local/state"
        return "\(base)/footfall/\(safe(name))"
    }

    /// The value of an environment variable that is set and not empty.
    ///
    /// `nil` in a process that is set-user-id, set-group-id or has capabilities of its
    /// file: there the environment is that of another user. `DO_NOT_TRACK` holds all
    /// the same, see ``isTrackingRefused``.
    public static func environment(_ name: String) -> String? {
        guard let value = footfall_environment(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    /// Whether the user asked not to be tracked: `DO_NOT_TRACK` is set, and to
    /// neither `0` nor `false`.
    public static var isTrackingRefused: Bool {
        guard let value = getenv("DO_NOT_TRACK"), value.pointee != 0 else { return false }
        return strcmp(value, "0") != 0 && strcmp(value, "false") != 0
    }

    /// The home directory: `HOME`, else that of the user this process acts as.
    public static var home: String {
        if let home = environment("HOME") { return home }
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var room = [CChar](repeating: 0, count: 4096)
        guard getpwuid_r(geteuid(), &entry, &room, room.count, &found) == 0, found != nil, let path = entry.pw_dir
        else { return "/tmp/footfall-\(geteuid())" }
        return String(cString: path)
    }

    /// A name that is one component of a path.
    private static func safe(_ name: String) -> String {
        let kept = name.unicodeScalars.map { $0 == "/" || $0.value < 0x20 ? "_" : String($0) }.joined()
        return kept.isEmpty || kept == "." || kept == ".." ? "default" : kept
    }
}
