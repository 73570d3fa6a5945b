// SPDX-License-Identifier: MIT
import Footfall
import TestSupport
import Testing

@testable import LinuxContext

/// What a command keeps of the machine.
@Suite struct KeptContextTests {
    private let machine = Machine([
        "/etc/os-release": "NAME=Debian\nVERSION_ID=12\n", "/etc/machine-id": "0123456789abcdef0123456789abcdef\n",
    ])

    /// What the event of a new process gets.
    private func context(
        _ device: DeviceDescription = DeviceDescription(type: .kiosk, name: "Till 3"), boot: String = "boot-1",
        application: String = "com.example.Kiosk", own: JSONObject = [:]
    ) -> JSONObject {
        var clock = SystemClock.system
        clock.bootID = boot
        let delivery = RecordingDelivery()
        let analytics = Analytics(
            configuration: .test(machine.directory).application(id: application, version: "2.1.0").clock(clock))
        analytics.add(plugin: KeptContext(device, system: machine.system))
        analytics.add(plugin: RecordingDestination(delivery))
        analytics.track(name: "A", options: CallOptions(context: own))
        _ = analytics.flush(timeout: .seconds(10))
        analytics.close()
        return delivery.bodies.last?["context"]?.objectValue ?? [:]
    }

    @Test func saysWhatLinuxContextSaysOfTheMachine() {
        let kept = context()
        let whole = machine.context(.kiosk)
        #expect(kept["os"] == whole["os"])
        var device = kept["device"]?.objectValue ?? [:]
        #expect(device["name"] == "Till 3")
        device["name"] = nil
        #expect(JSON.object(device) == whole["device"])
        for key in ["locale", "timezone", "network", "desktop", "sandbox"] { #expect(kept[key] == nil, "\(key)") }
        #expect(kept["app"] != nil && kept["library"] != nil)
    }

    @Test func readsTheMachineOnceABoot() {
        let first = context()
        machine.write("NAME=Debian\nVERSION_ID=13\n", to: "/etc/os-release")
        #expect(context() == first)
        let later = context(boot: "boot-2")
        #expect(later["os"]?.objectValue?["version"] == "13")
        #expect(context(boot: "boot-2") == later)
    }

    @Test func readsTheMachineAgainWhenItsConfigurationChanges() {
        let first = context()
        #expect(context(DeviceDescription(type: .desktop))["device"]?.objectValue?["type"] == "desktop")
        #expect(context(DeviceDescription(type: .kiosk, name: "Till 4"))["device"]?.objectValue?["name"] == "Till 4")
        let other = context(application: "com.example.Other")
        #expect(other["device"]?.objectValue?["id"] != first["device"]?.objectValue?["id"])
    }

    @Test func keepsWhatTheEventSaysItselfBesideTheRest() {
        let device = context(own: ["device": ["name": "Lobby"], "os": "none"])
        #expect(device["device"]?.objectValue?["name"] == "Lobby")
        #expect(device["device"]?.objectValue?["id"]?.stringValue?.utf8.count == 36)
        #expect(device["os"] == "none")
    }

    @Test func readsTheNameOfADevice() throws {
        let named = try LinuxContext(ConfigurationObject(["deviceType": "kiosk", "deviceName": "Till 3"]))
        #expect(named.device.name == "Till 3")
        for wrong in ["", " ", String(repeating: "x", count: 256)] {
            #expect(throws: ConfigurationError.self) {
                try LinuxContext(ConfigurationObject(["deviceName": .string(wrong)]))
            }
        }
    }
}
