// SPDX-License-Identifier: MIT
import Testing

@testable import Footfall

@Suite struct ReadErrorsTests {
    private func at(_ seconds: Int64) -> Int64 { seconds * 1_000_000_000 }

    @Test func oneErrorIsNoDamage() {
        var errors = ReadErrors()
        let isDamage = errors.failed(at: at(5))
        #expect(!isDamage)
    }

    @Test func errorsThatGoOnForAMinuteAreDamage() {
        var errors = ReadErrors()
        var found: [Bool] = []
        for second in stride(from: Int64(0), through: 61, by: 1) { found.append(errors.failed(at: at(second))) }
        #expect(found.dropLast().allSatisfy { !$0 } && found.last == true)
        #expect(errors.areDamage)
    }

    @Test func errorsFarApartAreNoDamage() {
        var errors = ReadErrors()
        for minute in stride(from: Int64(0), through: 60, by: 3) {
            let isDamage = errors.failed(at: at(minute * 60))
            #expect(!isDamage)
        }
    }
}
