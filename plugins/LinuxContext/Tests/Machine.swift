// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

@testable import LinuxContext

/// A machine made of files in a directory of the test.
struct Machine {
    let directory = TemporaryDirectory()
    private let environment: Guarded<[String: String]>

    init(_ files: [String: String] = [:], environment: [String: String] = [:]) {
        self.environment = Guarded(environment)
        for (path, text) in files { write(text, to: path) }
    }

    var system: SystemFiles {
        SystemFiles(
            root: directory.path + "/root", environment: { [environment] in environment.current[$0] },
            kernel: { ("6.1.0-18-amd64", "x86_64") })
    }

    func write(_ text: String, to path: String) {
        var parent = directory.path
        for part in "root\(path)".split(separator: "/").dropLast() {
            parent += "/\(part)"
            mkdir(parent, 0o700)
        }
        do {
            try directory.write(text, to: "root\(path)")
        } catch {
            Issue.record(error)
        }
    }

    func link(_ path: String, to target: String) {
        write("", to: path)
        unlink("\(directory.path)/root\(path)")
        symlink(target, "\(directory.path)/root\(path)")
    }

    /// What an event of an application gets.
    func context(
        _ deviceType: LinuxContext.DeviceType? = nil, application: String = "com.example.Kiosk", own: JSONObject = [:]
    ) -> JSONObject {
        let delivery = RecordingDelivery()
        let analytics = Analytics(
            configuration: .test(directory).application(id: application, version: "2.1.0", build: "210"))
        analytics.add(plugin: LinuxContext(DeviceDescription(type: deviceType), system: system))
        analytics.add(plugin: RecordingDestination(delivery))
        analytics.track(name: "A", options: CallOptions(context: own))
        _ = analytics.flush(timeout: .seconds(10))
        analytics.close()
        return delivery.bodies.last?["context"]?.objectValue ?? [:]
    }

    func device(_ application: String = "com.example.Kiosk") -> JSONObject {
        context(application: application)["device"]?.objectValue ?? [:]
    }
}
