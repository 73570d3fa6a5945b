// SPDX-License-Identifier: MIT
import Footfall

extension Configuration {
    package static func test(_ directory: TemporaryDirectory, _ clock: TestClock? = nil) -> Configuration {
        let configuration = Configuration(writeKey: "KEY").stateDirectory(directory.path).flushAt(1_000_000)
            .flushInterval(.zero)
        return clock.map { configuration.clock($0.clock) } ?? configuration
    }
}
