// SPDX-License-Identifier: MIT
import Footfall

/// The part of the context that does not change while the process runs.
struct MachineContext {
    let system: SystemFiles
    let device: DeviceDescription

    /// What does not change until the next boot: `os` and `device`.
    func lasting(deviceID: String?) -> JSONObject { ["os": .object(os), "device": .object(device(deviceID))] }

    func object(deviceID: String?) -> JSONObject {
        var context = lasting(deviceID: deviceID)
        if let locale { context["locale"] = .string(locale) }
        if let zone = TimeZone(system: system).name { context["timezone"] = .string(zone) }
        if !desktop.isEmpty { context["desktop"] = .object(desktop) }
        if let sandbox { context["sandbox"] = .string(sandbox) }
        return context
    }

    private var os: JSONObject {
        let release = OSRelease(system)
        var os: JSONObject = ["name": .string(release.name)]
        if let version = release.version { os["version"] = .string(version) }
        let kernel = system.kernel().release
        if !kernel.isEmpty { os["kernel"] = .string(kernel) }
        return os
    }

    // MARK: - Device

    private func device(_ id: String?) -> JSONObject {
        var device: JSONObject = ["type": .string((self.device.type ?? seenType).rawValue)]
        if let id { device["id"] = .string(id) }
        if let name = self.device.name { device["name"] = .string(name) }
        if let manufacturer { device["manufacturer"] = .string(manufacturer) }
        if let model { device["model"] = .string(model) }
        let machine = system.kernel().machine
        if !machine.isEmpty { device["architecture"] = .string(machine) }
        return device
    }

    private var seenType: LinuxContext.DeviceType {
        system.exists("/proc/device-tree/model") && desktop.isEmpty ? .embedded : .desktop
    }

    private var manufacturer: String? { dmi("sys_vendor") ?? treeModel?.manufacturer }
    private var model: String? { dmi("product_name") ?? treeModel?.model }

    /// A DMI field that every user may read and that names a kind of machine, not a single
    /// machine. A placeholder of the firmware's maker counts as missing.
    private func dmi(_ name: String) -> String? {
        guard let text = system.text("/sys/class/dmi/id/\(name)") else { return nil }
        let fillers = [
            "to be filled by o.e.m.", "default string", "system manufacturer", "system product name", "none",
        ]
        return fillers.contains(text.lowercased()) ? nil : text
    }

    /// A board has one text for both, as `Raspberry Pi 4 Model B Rev 1.4`. Its maker is the first
    /// of the `compatible` texts up to the comma.
    private var treeModel: (manufacturer: String?, model: String)? {
        guard let model = system.text("/proc/device-tree/model") else { return nil }
        let compatible = system.text("/proc/device-tree/compatible") ?? ""
        let maker = compatible.split(separator: "\0").first.flatMap { $0.split(separator: ",").first }
        return (maker.map(String.init), model)
    }

    // MARK: - Session

    /// The locale, as `de-CH`, by locale(7); `nil` for the C locale and for what is no
    /// language with a territory, such as the path of a file.
    private var locale: String? {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap(system.variable).first
        guard let name = set?.prefix(while: { $0 != "." && $0 != "@" }) else { return nil }
        let parts = name.split(omittingEmptySubsequences: false) { $0 == "_" || $0 == "-" }
        func isLetters(_ text: Substring) -> Bool { text.utf8.allSatisfy { (0x61...0x7A).contains($0 | 0x20) } }
        func isDigits(_ text: Substring) -> Bool { text.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        guard let language = parts.first, (2...3).contains(language.utf8.count), isLetters(language) else { return nil }
        guard parts.count > 1 else { return language.lowercased() }
        let territory = parts[1]
        // Two letters of ISO 3166, or three digits of UN M.49, as in es_419.
        guard parts.count == 2,
            territory.utf8.count == 2 && isLetters(territory) || territory.utf8.count == 3 && isDigits(territory)
        else { return nil }
        return "\(language.lowercased())-\(territory.uppercased())"
    }

    private var desktop: JSONObject {
        var desktop = JSONObject()
        if let name = system.variable("XDG_CURRENT_DESKTOP") { desktop["environment"] = .string(name) }
        if let type = sessionType { desktop["sessionType"] = .string(type) }
        return desktop
    }

    private var sessionType: String? {
        if let type = system.variable("XDG_SESSION_TYPE") { return type }
        if system.variable("WAYLAND_DISPLAY") != nil { return "wayland" }
        return system.variable("DISPLAY") != nil ? "x11" : nil
    }

    /// The sandbox or container that the program runs in; `nil` for none.
    private var sandbox: String? {
        if system.exists("/.flatpak-info") { return "flatpak" }
        if system.variable("SNAP_NAME") != nil { return "snap" }
        if system.variable("APPIMAGE") != nil { return "appimage" }
        let isContained =
            system.exists("/run/.containerenv") || system.exists("/.dockerenv")
            || system.variable("container") != nil
        return isContained ? "container" : nil
    }
}
