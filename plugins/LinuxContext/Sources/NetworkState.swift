// SPDX-License-Identifier: MIT
import Footfall

/// How the machine is connected, from the kernel's own files.
struct NetworkState {
    let system: SystemFiles

    /// Segment's names: `wifi` and `cellular` say that such a link is up;
    /// `online` that there is any.
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

    /// A device that is no loopback and has a link. Tunnels say `unknown` and are
    /// taken for what they run over.
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
