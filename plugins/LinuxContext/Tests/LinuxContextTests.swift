// SPDX-License-Identifier: MIT
import Footfall
import Testing

@testable import LinuxContext

private let debian = """
    PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
    NAME="Debian GNU/Linux"
    VERSION_ID="12"
    """

@Suite struct LinuxContextTests {
    @Test func saysWhatTheMachineIs() {
        let machine = Machine(
            [
                "/etc/os-release": debian, "/sys/class/dmi/id/sys_vendor": "LENOVO\n",
                "/sys/class/dmi/id/product_name": "ThinkCentre M90n\n",
                "/etc/machine-id": "0123456789abcdef0123456789abcdef\n",
            ],
            environment: [
                "LANG": "de_CH.UTF-8", "TZ": "Europe/Zurich", "XDG_CURRENT_DESKTOP": "GNOME",
                "XDG_SESSION_TYPE": "wayland",
            ])
        let context = machine.context()
        #expect(context["os"] == ["name": "Debian GNU/Linux", "version": "12", "kernel": "6.1.0-18-amd64"])
        #expect(context["device"]?.objectValue?["type"] == "desktop")
        #expect(context["device"]?.objectValue?["manufacturer"] == "LENOVO")
        #expect(context["device"]?.objectValue?["model"] == "ThinkCentre M90n")
        #expect(context["device"]?.objectValue?["architecture"] == "x86_64")
        #expect(context["locale"] == "de-CH")
        #expect(context["timezone"] == "Europe/Zurich")
        #expect(context["desktop"] == ["environment": "GNOME", "sessionType": "wayland"])
        #expect(context["sandbox"] == nil)
        #expect(context["network"] == ["online": false, "wifi": false, "cellular": false])
        #expect(context["app"] == ["namespace": "com.example.Kiosk", "version": "2.1.0", "build": "210"])
        #expect(context["library"]?.objectValue?["name"] == "footfall")
    }

    @Test func saysNothingOfWhatItDoesNotKnow() {
        let context = Machine().context()
        #expect(context["os"] == ["name": "Linux", "kernel": "6.1.0-18-amd64"])
        for key in ["locale", "timezone", "desktop", "sandbox"] { #expect(context[key] == nil, "\(key)") }
    }

    @Test func leavesWhatTheEventSaysItself() {
        let machine = Machine(environment: ["LANG": "de_CH.UTF-8"])
        let context = machine.context(own: ["locale": "fr-CH", "screen": ["width": 1_920]])
        #expect(context["locale"] == "fr-CH")
        #expect(context["screen"] == ["width": 1_920])
        #expect(context["os"] != nil)
    }

    @Test func knowsABoardByItsDeviceTree() {
        let machine = Machine([
            "/proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.4\0",
            "/proc/device-tree/compatible": "raspberrypi,4-model-b\0brcm,bcm2711\0",
        ])
        let device = machine.device()
        #expect(device["type"] == "embedded")
        #expect(device["manufacturer"] == "raspberrypi")
        #expect(device["model"] == "Raspberry Pi 4 Model B Rev 1.4")
        #expect(machine.context(.kiosk)["device"]?.objectValue?["type"] == "kiosk", "the host knows better")
    }

    @Test(arguments: ["To be filled by O.E.M.", "Default string", "  \n", ""])
    func takesNoFillerForAManufacturer(_ text: String) {
        let device = Machine(["/sys/class/dmi/id/sys_vendor": text]).device()
        #expect(device["manufacturer"] == nil)
    }

    // MARK: - os-release(5)

    @Test func readsOSReleaseFromBothPlaces() {
        let machine = Machine(["/usr/lib/os-release": "NAME=Fedora\nVERSION_ID=41\n"])
        #expect(machine.context()["os"]?.objectValue?["name"] == "Fedora")
        machine.write("NAME='Ubuntu'\nVERSION_ID='24.04'\n", to: "/etc/os-release")
        #expect(machine.context()["os"]?.objectValue?["name"] == "Ubuntu")
        #expect(machine.context()["os"]?.objectValue?["version"] == "24.04")
    }

    @Test(arguments: [
        (#"NAME="A \"quoted\" \$name\\""#, #"A "quoted" $name\"#),
        (#"NAME='single "double" \ kept'"#, #"single "double" \ kept"#),
        (#"NAME=plain\ space"#, "plain space"),
        ("NAME=before # comment", "before"),
        ("# NAME=comment", "Linux"),
        ("NAME=", "Linux"),
        ("NAME=\"unterminated", "unterminated"),
        ("VERSION_ID=\"12\"\nNAME=after", "after"),
        ("=x\nNAME\n\u{FEFF}\nNAME=x", "x"),
    ])
    func readsQuotedValues(_ text: String, _ name: String) { #expect(OSRelease(text: text).name == name) }

    @Test func rollingReleasesHaveABuild() {
        #expect(OSRelease(text: "NAME=Arch\nBUILD_ID=rolling").version == "rolling")
    }

    // MARK: - Locale, time zone, session

    @Test(
        arguments: [
            (["LC_ALL": "fr_FR.UTF-8", "LANG": "de_DE"], "fr-FR"), (["LC_MESSAGES": "en_GB@euro"], "en-GB"),
            (["LANG": "C.UTF-8"], nil), (["LANG": "POSIX"], nil), (["LANG": "de"], "de"),
            (["LC_ALL": "C.UTF-8", "LANG": "de_DE"], nil), (["LC_ALL": "", "LANG": "de_DE.UTF-8@euro"], "de-DE"),
            (["LANG": "de-ch.utf8"], "de-CH"), (["LANG": "es_419"], "es-419"), (["LANG": "sr_RS@latin"], "sr-RS"),
            (["LANG": "/home/someone/locale"], nil), (["LANG": "de_DE/../x"], nil), (["LANG": "german"], nil),
            (["LANG": "de_"], nil), (["LANG": "_DE"], nil), (["LANG": "de_DE_x"], nil), (["LANG": "d\u{e9}_CH"], nil),
            (["LANG": "\u{1b}[2J"], nil), (["LANG": String(repeating: "de_", count: 10_000)], nil),
        ] as [([String: String], String?)])
    func readsTheLocale(_ environment: [String: String], _ expected: String?) {
        #expect(Machine(environment: environment).context()["locale"]?.stringValue == expected)
    }

    @Test(arguments: [
        (["WAYLAND_DISPLAY": "wayland-0"], "wayland"), (["DISPLAY": ":0"], "x11"),
        (["DISPLAY": ":0", "XDG_SESSION_TYPE": "tty"], "tty"),
    ])
    func findsTheSessionType(_ environment: [String: String], _ type: String) {
        #expect(
            Machine(environment: environment).context()["desktop"]?.objectValue?["sessionType"]?.stringValue == type)
    }

    @Test func leavesOutWhatIsTooLong() {
        let environment = ["XDG_CURRENT_DESKTOP": String(repeating: "x", count: 40_000), "XDG_SESSION_TYPE": ""]
        #expect(Machine(environment: environment).context()["desktop"] == nil, "each event would be too large")
    }

    @Test func findsWhatItIsPackedIn() {
        #expect(Machine(["/.flatpak-info": "[Application]"]).context()["sandbox"] == "flatpak")
        #expect(Machine(environment: ["SNAP_NAME": "x"]).context()["sandbox"] == "snap")
        #expect(Machine(environment: ["APPIMAGE": "/x.AppImage"]).context()["sandbox"] == "appimage")
        #expect(Machine(["/run/.containerenv": ""]).context()["sandbox"] == "container")
        #expect(Machine(["/.dockerenv": ""]).context()["sandbox"] == "container")
    }

    // MARK: - Network

    @Test func seesTheLinksThatAreUp() {
        let machine = Machine([
            "/sys/class/net/lo/type": "772", "/sys/class/net/lo/operstate": "unknown",
            "/sys/class/net/lo/carrier": "1", "/sys/class/net/eth0/type": "1",
            "/sys/class/net/eth0/operstate": "down", "/sys/class/net/wlan0/type": "1",
            "/sys/class/net/wlan0/operstate": "up", "/sys/class/net/wlan0/wireless/x": "",
        ])
        #expect(machine.context()["network"] == ["online": true, "wifi": true, "cellular": false])
        machine.write("down", to: "/sys/class/net/wlan0/operstate")
        #expect(machine.context()["network"] == ["online": false, "wifi": false, "cellular": false])
        machine.write("up", to: "/sys/class/net/wwan0/operstate")
        #expect(machine.context()["network"] == ["online": true, "wifi": false, "cellular": true])
    }

    // MARK: - Configuration

    @Test func readsItsConfiguration() throws {
        _ = try LinuxContext(ConfigurationObject(["deviceType": "kiosk"]))
        _ = try LinuxContext(ConfigurationObject([:]))
        let error = #expect(throws: ConfigurationError.self) {
            try LinuxContext(ConfigurationObject(["deviceType": "phone"]))
        }
        #expect(
            error?.description == "configuration: deviceType: phone is none of desktop, kiosk, embedded")
        #expect(throws: ConfigurationError.self) { try LinuxContext(ConfigurationObject(["device": "x"])) }
    }
}
