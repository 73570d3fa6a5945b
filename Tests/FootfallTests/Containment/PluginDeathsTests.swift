// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc
import TestSupport
import Testing

@testable import Footfall

@Suite struct PluginDeathsTests {
    let directory = TemporaryDirectory()

    private static let hour: Int64 = 3_600
    private static let begin: Int64 = 1_700_000_000

    /// A moment, in seconds behind the first.
    private func moment(_ seconds: Int64, boot: String = "boot") -> Moment {
        Moment(
            wall: Timestamp(milliseconds: (Self.begin + seconds) * 1_000),
            bootNanoseconds: (1_000 + seconds) * 1_000_000_000, bootID: boot)
    }

    private func deaths(_ moments: [Moment]) -> PluginDeaths {
        var deaths = PluginDeaths(source: "app:x", name: "Weather")
        for (index, moment) in moments.enumerated() {
            _ = deaths.add(
                PluginDeaths.Death(
                    token: UInt64(index), wall: moment.wall, bootNanoseconds: moment.bootNanoseconds,
                    bootID: NameHash.sum(moment.bootID)))
        }
        return deaths
    }

    @Test func threeDeathsSwitchAPluginOffForADay() {
        let two = deaths([moment(0), moment(10)])
        #expect(!two.isOff(at: moment(20)))
        let three = deaths([moment(0), moment(10), moment(20)])
        #expect(three.isOff(at: moment(21)))
        #expect(three.isOff(at: moment(20 + 24 * Self.hour - 1)))
        #expect(!three.isOff(at: moment(20 + 24 * Self.hour)))
        #expect(three.offUntil(at: moment(21))?.milliseconds == (Self.begin + 20 + 24 * Self.hour) * 1_000)
    }

    @Test func deathsOfDifferentDaysDoNot() {
        #expect(!deaths([moment(0), moment(10), moment(24 * Self.hour)]).isOff(at: moment(25 * Self.hour)))
    }

    @Test func aStepOfTheClockChangesNothingInTheSameBoot() {
        let three = deaths([moment(0), moment(10), moment(20)])
        var now = moment(30)
        now.wall = Timestamp(milliseconds: 0)
        #expect(three.isOff(at: now))
        now.wall = moment(1_000 * Self.hour).wall
        #expect(three.isOff(at: now))
    }

    @Test func anotherBootIsMeasuredByTheWallClock() {
        let three = deaths([moment(0), moment(10), moment(20)])
        #expect(three.isOff(at: moment(30, boot: "next")))
        #expect(!three.isOff(at: moment(25 * Self.hour, boot: "next")))
        // Not set yet: off. Set, so that of the death was wrong: not off.
        let notBefore = moment(-10_000 * Self.hour).wall
        var now = moment(0, boot: "next")
        now.wall = Timestamp(milliseconds: 0)
        #expect(three.isOff(at: now, notBefore: notBefore))
        #expect(!three.isOff(at: moment(-100 * Self.hour, boot: "next"), notBefore: notBefore))
    }

    @Test func aProcessDiesOnce() {
        var deaths = deaths([moment(0), moment(10)])
        let again = deaths.deaths[1]
        for _ in 0..<3 {
            let isNew = deaths.add(again)
            #expect(!isNew)
        }
        #expect(!deaths.isOff(at: moment(20)))
    }

    @Test func areReadAsTheyWereWritten() throws {
        let state = StateDirectory(path: directory.path)
        try state.create()
        try state.createHeld()
        let three = deaths([moment(0), moment(10), moment(20)])
        try PluginDeaths.write([three], of: "app:x", to: PluginDeaths.file(of: "app:x", in: state))
        #expect(PluginDeaths.all(in: state) == [three])
    }

    @Test func aDamagedFileHasNone() throws {
        let state = StateDirectory(path: directory.path)
        try state.create()
        try state.createHeld()
        for text in ["", "{", "[]", #"{"version":1,"source":"app:x","plugins":[{"name":3}]}"#] {
            _ = try directory.write(text, to: "held/0.json")
            #expect(PluginDeaths.all(in: state).isEmpty, "\(text)")
        }
    }

    @Test(arguments: ["directory", "link", "text"]) func whatIsInThePlaceOfItsFileHidesNoDeath(_ what: String) throws {
        let path = directory("SUM.json")
        switch what {
        case "directory": mkdir(path, 0o700)
        case "link": symlink("/etc/hostname", path)
        default: _ = try directory.write("{", to: "SUM.json")
        }
        let death = deaths([moment(0)])
        let known = try PluginDeaths.change(path, of: "app:x") { plugins in
            plugins.append(death)
            return true
        }
        #expect(known == [death])
        #expect(PluginDeaths.read(path) == [death])
    }
}
