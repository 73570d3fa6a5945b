// SPDX-License-Identifier: MIT
import FootfallStore
import Testing

@testable import Footfall

@Suite struct RoutesTests {
    @Test func movesOnlyTheBitsOfChangedRows() {
        var routes = Routes(bits: 0b1011)

        routes.replace([(from: 1, to: 5)])
        #expect(routes == Routes(bits: 0b10_1001))
    }

    @Test func swapsTwoRows() {
        var routes = Routes(bits: 0b01)

        routes.replace([(from: 0, to: 1), (from: 1, to: 0)])
        #expect(routes == Routes(bits: 0b10))
    }

    @Test func aDestinationWithoutARowLosesItsBit() {
        var routes = Routes(bits: 0b110)

        routes.replace([(from: 2, to: nil)])
        #expect(routes == Routes(bits: 0b010))
        routes.replace([(from: 1, to: nil)])
        #expect(routes.isEmpty)
    }

    @Test func visitsEachDestinationOnce() {
        var visited: [Int64] = []

        Routes(bits: 1 << 61 | 0b101).forEach { visited.append($0) }
        #expect(visited == [0, 2, 61])
    }
}
