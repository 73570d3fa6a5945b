// SPDX-License-Identifier: MIT
import FootfallTesting

package typealias Guarded<Value> = FootfallTesting.Guarded<Value>

/// The clock of the product, under the name that the tests have for it.
package typealias TestClock = ManualClock
