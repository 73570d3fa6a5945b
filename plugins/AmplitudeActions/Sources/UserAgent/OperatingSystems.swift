// SPDX-License-Identifier: MIT

/// The rules that name an operating system and its version.
extension AgentTables {
    static let operatingSystemRules: [AgentRule] = [
        .captured("microsoft <n:windows> <v:vista|xp>"),
        .captured(
            "<n:windows> nt 6.2; <v:arm>",
            "<n:windows phone( os)*>[/ ]?<v:[#. @]*>",
            "<n:windows mobile|windows>[/ ]?<v:[ntce#. ]+@>(!%+xbox)",
            edit: .look(.version, windowsVersions)),
        .named("Windows", "(win(=3|9|n)|win 9x )<v:[nt#.]+>", edit: .look(.version, windowsVersions)),
        .named(
            "iOS",
            "ip[honead]{2,4}'(%*os <v:@+> like mac|; opera)",
            "cfnetwork/%+darwin",
            edit: .replace(.version, "_", with: ".")),
        .named("Mac OS", "mac os x ?<v:[@ .]*>", "macintosh(!%+haiku)", edit: .replace(.version, "_", with: ".")),
        .captured(
            "<n:android|webos|palm os|qnx|bada|rim tablet os|meego|sailfish|contiki>[/ -]?<v:[@.]*>",
            "<n:blackberry>@*/<v:[@.]*>",
            "<n:tizen|kaios>[/ ]<v:[@.]+>",
            "~(<n:series40>;"),
        .named("BlackBerry", "~(bb<v:10>;"),
        .named("Symbian", "(symbian ?os|symbos|s60(=;)|series60)[/ -]?<v:[@.]*>"),
        .named("Firefox OS", "mozilla%+~(mobile;%+gecko%+firefox"),
        .named("webOS", "web0s;%+rt<v:tv>", "'(hp)?wos(browser)?/<v:[@.]+>"),
        .named("Chromecast", "crkey/<v:[#.]+>"),
        .named("Chromium OS", "cros @+ <v:[@.]+@>"),
        .captured(
            "<n:nintendo|playstation> <v:[wids345portablevuch]+>",
            "<n:xbox>; +xbox <v:[^);]+>",
            "<n:mint>[/ ()]?<v:@*>",
            "<n:mageia|vectorlinux>[; ]",
            "<n:joli|[kxln]?ubuntu|debian|suse|opensuse|gentoo|arch(= linux)|slackware|fedora|mandriva|centos|pclinuxos"
                + "|redhat|zenwalk|linpus|raspbian>( gnu/linux)?( linux)?[/ -]?(!chrom|package)<v:[@.-]*>",
            "<n:hurd|linux> ?<v:[@.]*>",
            "<n:gnu> ?<v:[@.]*>",
            " <n:[frentopc-]{0,4}bsd|dragonfly> ?(!amd|[ix346]{1,2}86)<v:[@.]*>",
            "<n:haiku> <v:@+>"),
        .named("Solaris", "sunos ?<v:[@.]*>"),
        .captured(
            "<n:(open)?solaris>[/ -]?<v:[@.]*>",
            "<n:aix> <v:#(=.|~)| )[@.]>*",
            "<n:plan 9|minix|beos|os/2|amigaos|morphos|risc os|openvms|fuchsia>",
            "<n:unix> ?<v:[@.]*>"),
    ]

    /// Windows by the number of its kernel, numeric names first.
    private static let windowsVersions = [
        AgentVersionEntry(key: "NT 6.1", version: "7"),
        AgentVersionEntry(key: "NT 6.2", version: "8"),
        AgentVersionEntry(key: "NT 6.4", version: "10"),
        AgentVersionEntry(key: "NT 10.0", version: "10"),
        AgentVersionEntry(key: "NT 5.0", version: "2000"),
        AgentVersionEntry(key: "4.90", version: "ME"),
        AgentVersionEntry(key: "NT3.51", version: "NT 3.11"),
        AgentVersionEntry(key: "NT4.0", version: "NT 4.0"),
        AgentVersionEntry(key: "NT 5.1", version: "XP"),
        AgentVersionEntry(key: "NT 5.2", version: "XP"),
        AgentVersionEntry(key: "NT 6.0", version: "Vista"),
        AgentVersionEntry(key: "NT 6.3", version: "8.1"),
        AgentVersionEntry(key: "ARM", version: "RT"),
    ]
}
