// SPDX-License-Identifier: MIT

/// The rules that name a browser and its version.
extension AgentTables {
    static let browserRules: [AgentRule] = brandedBrowsers + appBrowsers + engineBrowsers

    private static let brandedBrowsers: [AgentRule] = [
        .named("Chrome", "'(crmo|crios)/<v:[@.]+>"),
        .named("Edge", "edg(e|ios|a)?/<v:[@.]+>"),
        .captured(
            "<n:opera mini>/<v:[@.-]+>",
            "<n:opera [mobiletab]{3,6}>'%+version/<v:[@.-]+>",
            "<n:opera>(%+version/|[/ ]+)<v:[@.]+>"),
        .named("Opera Mini", "opios[/ ]+<v:[@.]+>"),
        .named("Opera", " opr/<v:[@.]+>"),
        .captured(
            "<n:kindle>/<v:[@.]+>",
            "<n:lunascape|maxthon|netfront|jasmine|blazer>[/ ]?<v:[@.]*>",
            "<n:avant |iemobile|slim>(browser)?[/ ]?<v:[@.]*>",
            "<n:ba?idubrowser>[/ ]?<v:[@.]+>",
            "(ms|~()<n:ie> <v:[@.]+>",
            "<n:flock|rockmelt|midori|epiphany|silk|skyfire|ovibrowser|bolt|iron|vivaldi|iridium|phantomjs|bowser|quark"
                + "|qupzilla|falkon>/<v:[@.-]+>",
            "<n:rekonq|puffin|brave|whale|qqbrowserlite|qq>/<v:[@.]+>",
            "<n:weibo>__<v:[#.]+>"),
        .named("UCBrowser", "([/ ]uc? ?browser|juc%+ucweb)[/ ]?<v:[@.]+>"),
        .named("WeChat(Win) Desktop", " qbcore/<v:[@.]+>'"),
        .named("WeChat", "micromessenger/<v:[@.]+>"),
        .named("Konqueror", "konqueror/<v:[@.]+>"),
        .named("IE", "trident%+rv[: ]<v:[@.]{1,9}>'%+like gecko"),
        .named("Yandex", "yabrowser/<v:[@.]+>"),
        .captured("<n:avast|avg>/<v:[@.]+>", edit: .suffix(.name, " Secure Browser")),
        .named("Firefox Focus", "focus/<v:[@.]+>"),
        .named("Opera Touch", "opt/<v:[@.]+>"),
        .named("Coc Coc", "coc_coc_browser/<v:[@.]+>"),
        .named("Dolphin", "dolfin/<v:[@.]+>"),
        .named("Opera Coast", "coast/<v:[@.]+>"),
        .named("MIUI Browser", "xiaomi/miuibrowser/<v:[@.]+>"),
        .named("Firefox", "fxios/<v:[@.-]+>"),
        .named("360 Browser", "qihu|qhbrowser|qihoobrowser|360browser"),
        .captured("<n:oculus|samsung|sailfish>browser/<v:[@.]+>", edit: .suffix(.name, " Browser")),
        .captured("<n:comodo_dragon>/<v:[@.]+>", edit: .replace(.name, "_", with: " ")),
        .captured(
            " <n:electron>/<v:[@.]+> safari",
            "<n:tesla>( qtcarbrowser|/<v:20[12]#.[@.-]+>)",
            "<n:qqbrowser|baiduboxapp|2345explorer>[/ ]?<v:[@.]+>"),
        .captured("<n:metasr>[/ ]?[@.]+", "<n:lbbrowser>"),
    ]

    /// Apps that show web pages, and the web views of such apps.
    private static let appBrowsers: [AgentRule] = [
        .named("Facebook", ";fbav/<v:[@.]+>;"),
        .named("Facebook", "fban/fbios|fb_iab/fb4a"),
        .captured(
            "safari <n:line>/<v:[@.]+>",
            "'<n:line>/<v:[@.]+>/iab",
            "<n:chromium|instagram>[/ ]<v:[@.-]+>"),
        .named("GSA", "'gsa/<v:[@.]+> %*safari/"),
        .named("Chrome Headless", "headlesschrome(/<v:[@.]+>| )"),
        .named("Chrome WebView", " wv~)%+chrome/<v:[@.]+>"),
        .named("Android Browser", "droid%+ version/<v:[@.]+>'%+(mobile safari|safari)"),
    ]

    private static let engineBrowsers: [AgentRule] = [
        .captured("<n:chrome|omniweb|arora|[tizenoka]{5} ?browser>/v?<v:[@.]+>"),
        .named("Mobile Safari", "version/<v:[@.]+> %*mobile/@+ safari"),
        .captured("version/<v:[@.]+> %*<n:mobile ?safari|safari>"),
        .captured("webkit%+?<n:mobile ?safari|safari><v:/[@.]+>", edit: .look(.version, safariBuilds)),
        .captured("<n:webkit|khtml>/<v:[@.]+>"),
        .named("Netscape", "(navigator|netscape)/<v:[@.-]+>"),
        .named("Firefox Reality", "ile vr; rv:<v:[@.]+>~)%+firefox"),
        .captured(
            "ekiohf%+<n:flow>/<v:[@.]+>",
            "<n:swiftfox>",
            "<n:icedragon|iceweasel|camino|chimera|fennec|maemo browser|minimo|conkeror>[/ ]?<v:[@.+]+>",
            "<n:firefox|seamonkey|k-meleon|icecat|iceape|firebird|phoenix|palemoon|basilisk|waterfox>/<v:[@.-]+>$",
            "<n:firefox>/<v:[@.]+> [@ -]+/[@.]+$",
            "<n:mozilla>/<v:[@.]+> %+rv:%+gecko/#+",
            "<n:polaris|lynx|dillo|icab|doris|amaya|w3m|netsurf|sleipnir>[/ ]?<v:[@.]+>",
            "<n:links> ~(<v:[@.]+>",
            "<n:gobrowser>/?<v:[@.]*>",
            "<n:ice ?browser>/v?<v:[@.]+>",
            "<n:mosaic>[/ ]<v:[@.]+>"),
    ]

    /// Safari before 3.0 had its build number only.
    private static let safariBuilds = [
        AgentVersionEntry(key: "/8", version: "1.0"),
        AgentVersionEntry(key: "/1", version: "1.2"),
        AgentVersionEntry(key: "/3", version: "1.3"),
        AgentVersionEntry(key: "/412", version: "2.0"),
        AgentVersionEntry(key: "/416", version: "2.0.2"),
        AgentVersionEntry(key: "/417", version: "2.0.3"),
        AgentVersionEntry(key: "/419", version: "2.0.4"),
        AgentVersionEntry(key: "/", version: nil),
    ]
}

extension AgentRule {
    /// Patterns that capture the name themselves.
    static func captured(_ notations: String..., edit: AgentEdit? = nil) -> AgentRule {
        AgentRule(notations, edits: edit.map { [$0] } ?? [])
    }

    /// Patterns for one name.
    static func named(_ name: String, _ notations: String..., edit: AgentEdit? = nil) -> AgentRule {
        AgentRule(notations, constants: AgentFindings(name: name), edits: edit.map { [$0] } ?? [])
    }
}
