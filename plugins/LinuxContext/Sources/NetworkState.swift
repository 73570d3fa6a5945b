// SPDX-License-Identifier: MIT
import Footfall

/// How the machine is connected, by the kernel's files in `/sys/class/net`.
struct NetworkState {
    let system: SystemFiles

    /// Under Segment's names: `wifi` and `cellular` are true if such a link is up, `online` if
    /// any link is.
    var object: JSONObject {
        var isOnline = false
        var isWifi = false
        var isCellular = false
        for name in system.names(in: "/sys/class/net") where isUp(name) {
            isOnline = true
            if system.exists("/sys/class/net/\(name)/wireless") { isWifi = true }
            if name.hasPrefix("wwan") || name.hasPrefix("ppp") { isCellular = true }
        }
        return ["online": .bool(isOnline), "wifi": .bool(isWifi), "cellular": .bool(isCellular)]
    }

    /// Whether a device has a link and is no loopback. Tunnels have the state `unknown` and do
    /// not count, since the link below them does; PPP has it too, and counts.
    private func isUp(_ name: String) -> Bool {
        let directory = "/sys/class/net/\(name)"
        // ARPHRD_LOOPBACK
        guard system.text("\(directory)/type") != "772" else { return false }
        switch system.text("\(directory)/operstate") {
        case "up": return true
        case "unknown": return system.text("\(directory)/carrier") == "1" && name.hasPrefix("ppp")
        default: return false
        }
    }
}
