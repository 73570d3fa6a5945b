// SPDX-License-Identifier: MIT

/// The rules for devices that are known by their kind rather than a vendor.
extension AgentTables {
    /// Consoles, televisions, wearables and cars.
    static let screenRules: [AgentRule] = [
        .device(
            .console,
            " <b:ouya> ",
            "<b:nintendo> <m:[wids3utch]+>"),
        .device(.console, by: "Nvidia", "droid%+; <m:shield> build"),
        .device(.console, by: "Sony", "<m:playstation [345portablevi]+>"),
        .device(.console, by: "Microsoft", "[ (;]<m:xbox( one)?(!; xbox)>[ );]"),

        .device(.smarttv, "smart-tv%+<b:samsung>"),
        .device(.smarttv, by: "Samsung", "hbbtv%+maple;<m:#+>", edits: [.prefix(.model, "SmartTV")]),
        .device(.smarttv, by: "LG", "linux; netcast%+smarttv|lg netcast.tv-201#"),
        .device(.smarttv, model: "Apple TV", "<b:apple> ?tv"),
        .device(.smarttv, by: "Google", model: "Chromecast", "crkey"),
        .device(.smarttv, by: "Amazon", "droid%+aft<m:@>( build/|~))"),
        .device(.smarttv, by: "Sharp", "~(dtv[);]%+<m:aquos>"),
        .device(
            .smarttv,
            "hbbtv/#+.#+.#+ +~([@ ]*; *<b:@[^;]*>;<m:[^;]*>",
            edits: [.trim(.vendor), .trim(.model)]),
        .device(.smarttv, "[ /(](android |smart[- ]?|opera )tv[;) ]"),

        .device(.wearable, "<b:<m:pebble>>app/[#.]+ "),
        .device(.wearable, by: "Google", "droid%+; <m:glass> #"),
        .device(.wearable, by: "Zebra", "droid [#.]+; <m:wt63?0{2,3}>~)"),

        .device(.embedded, "<b:tesla>( qtcarbrowser|/20[12]#.[@.-]+)"),
    ]

    /// Devices of vendors that no other rule knows; tried last.
    static let unnamedDeviceRules: [AgentRule] = [
        .device(.mobile, "droid~ %+?;~ <m:[^;]+?>(~ build|~)~ applewebkit)%+?~ mobile~ safari"),
        .device(.tablet, "droid~ %+?; <m:[^;]+?>(~ build|~)~ applewebkit)%+?~ safari"),
        .device(
            nil,
            " <t:tablet|tab>[;/]",
            " <t:mobile>([;/]| safari)",
            edits: [.lowercase(.type)]),
        .device(nil, by: "Generic", "<m:android[@. -]{0,9}>;%+build"),
        .device(.mobile, "phone"),
    ]
}
