// SPDX-License-Identifier: MIT
import Testing

@testable import LinuxContext

/// `context.timezone` is a name of the tz database, or is left out.
@Suite struct TimeZoneTests {
    /// A machine in Zurich that has the tz database.
    private func machine(_ environment: [String: String] = [:]) -> Machine {
        let machine = Machine(["/etc/timezone": "America/New_York\n"], environment: environment)
        for name in ["UTC", "GMT", "EST5EDT", "Asia/Tokyo", "Europe/Zurich", "America/Argentina/Ushuaia", "Etc/GMT+3"] {
            for database in ["", "posix/", "right/"] {
                machine.write("TZif2...", to: "\(Self.database)\(database)\(name)")
            }
        }
        for name in ["localtime", "posixrules", "Factory"] { machine.write("TZif2...", to: "\(Self.database)\(name)") }
        machine.write("# tz zone descriptions", to: "\(Self.database)zone.tab")
        machine.link("/etc/localtime", to: "\(Self.database)Europe/Zurich")
        return machine
    }

    private static let database = "/usr/share/zoneinfo/"

    private func zone(_ machine: Machine) -> String? { TimeZone(system: machine.system).name }

    @Test(
        arguments: [
            ("Asia/Tokyo", "Asia/Tokyo"), (":Asia/Tokyo", "Asia/Tokyo"), ("posix/Asia/Tokyo", "Asia/Tokyo"),
            (":right/Asia/Tokyo", "Asia/Tokyo"), ("/usr/share/zoneinfo/Asia/Tokyo", "Asia/Tokyo"),
            (":/usr/share/zoneinfo/posix/Asia/Tokyo", "Asia/Tokyo"), ("/usr/share/zoneinfo/./Asia/Tokyo", nil),
            ("/home/someone/zoneinfo/Asia/Tokyo", "Asia/Tokyo"), ("/home/someone/zone", nil),
            (":/home/someone/zone", nil),
            ("America/Argentina/Ushuaia", "America/Argentina/Ushuaia"), ("Etc/GMT+3", "Etc/GMT+3"),
            ("EST5EDT", "EST5EDT"), ("UTC", "UTC"),
            // The C library takes UTC for an empty value.
            ("", "UTC"), (":", "UTC"),
            ("/etc/localtime", "Europe/Zurich"), (":/etc/localtime", "Europe/Zurich"),
            // POSIX rules have no name.
            ("CET-1CEST,M3.5.0,M10.5.0/3", nil), ("CET-1CEST", nil), ("<+03>-3", nil), ("UTC0", nil),
            // No file of the database, or none that is a zone.
            ("Mars/Olympus", nil), ("Asia", nil), ("Asia/", nil), ("zone.tab", nil), ("localtime", nil),
            ("posixrules", nil), ("Factory", nil), ("../../../etc/passwd", nil), ("Asia/../UTC", nil),
            (" Asia/Tokyo", nil), ("Asia/Tokyo\n", nil), ("asia/tokyo", nil), ("\u{1b}[2J", nil),
        ] as [(String, String?)])
    func namesTheZoneOfTZOrNone(_ value: String, _ expected: String?) {
        #expect(zone(machine(["TZ": value])) == expected)
    }

    @Test(
        arguments: [
            ("Asia/Tokyo", "Asia/Tokyo"), ("UTC", "UTC"), ("/usr/share/zoneinfo/Asia/Tokyo", "Asia/Tokyo"), ("", "UTC"),
            ("CET-1CEST", nil), ("CET-1CEST,M3.5.0,M10.5.0/3", nil), ("Asia/Tokyo,x", nil), ("a/b/../c", nil),
            ("Asia//Tokyo", nil), (String(repeating: "Asia/", count: 20_000) + "Tokyo", nil),
        ] as [(String, String?)])
    func goesByTheFormWithoutADatabase(_ value: String, _ expected: String?) {
        #expect(zone(Machine(environment: ["TZ": value])) == expected)
    }

    @Test(arguments: [
        ("/usr/share/zoneinfo/America/Argentina/Ushuaia", "America/Argentina/Ushuaia"),
        ("../usr/share/zoneinfo/Asia/Tokyo", "Asia/Tokyo"), ("/usr/share/zoneinfo/right/Asia/Tokyo", "Asia/Tokyo"),
        ("/etc/zoneinfo/Asia/Tokyo", "Asia/Tokyo"), ("/etc/hop", "Asia/Tokyo"), ("hop", "Asia/Tokyo"),
    ])
    func followsTheLinkOfTheMachine(_ target: String, _ expected: String) {
        let machine = machine()
        machine.link("/etc/hop", to: "../usr/share/zoneinfo/Asia/Tokyo")
        machine.link("/etc/localtime", to: target)
        #expect(zone(machine) == expected)
    }

    @Test func readsTheNameBesideACopy() {
        let machine = machine()
        machine.link("/etc/localtime", to: "/etc/localtime")
        #expect(zone(machine) == nil, "a link to itself has no name, and the other name is not in the database")
        machine.write("TZif2...", to: "\(Self.database)America/New_York")
        #expect(zone(machine) == "America/New_York")
        machine.write("# no name", to: "/etc/timezone")
        #expect(zone(machine) == nil)
        #expect(zone(Machine()) == nil)
    }
}
