// SPDX-License-Identifier: MIT

/// Stands in the chain for a plugin whose type this program does not know.
///
/// It is never called. What its ``Plugin/onFailure`` says happens to the events: with `hold` they wait in the
/// directory `held`, reason `unknown`, until a process of the same application has a plugin of this name; with
/// `pass` they go on without it. A plugin has a name when it is in the chain, or when
/// ``Analytics/declare(pluginTypes:)`` names it.
package protocol UnknownPlugin: Plugin {}
