// SPDX-License-Identifier: MIT

/// What the global options say; see ``GlobalOptions`` for their meaning.
///
/// Making the parser's own groups, even unparsed, takes as long as opening the store.
struct Globals {
    var config: String?
    var profile: String?
    var stateDir: String?
    var json = false
    var quiet = false
    var verbose = false
}
