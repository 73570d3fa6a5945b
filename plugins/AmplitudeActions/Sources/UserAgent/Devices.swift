// SPDX-License-Identifier: MIT

/// The kind of device that a rule is for.
enum AgentDeviceKind: String {
    case mobile, tablet, smarttv, console, wearable, embedded
}

extension AgentRule {
    /// Patterns for a device; a vendor or model that is not given is captured.
    static func device(
        _ kind: AgentDeviceKind?, by vendor: String? = nil, model: String? = nil, _ notations: String...,
        edits: [AgentEdit] = []
    ) -> AgentRule {
        AgentRule(
            notations, constants: AgentFindings(vendor: vendor, model: model, type: kind?.rawValue), edits: edits)
    }
}

extension AgentTables {
    private static let spaced: [AgentEdit] = [.replace(.model, "_", with: " ")]

    /// Phones and tablets of the most common vendors.
    static let phoneRules: [AgentRule] = [
        .device(
            .tablet, by: "Samsung",
            "'<m:sch-i[89]0#|shw-m380s|sm-[pt]@{2,4}|gt-[pn]#{2,4}|sgh-t8[56]9|nexus 10>"),
        .device(
            .mobile, by: "Samsung",
            "'<m:(s[cgp]h|gt|sm)-@+|galaxy nexus>",
            " samsung[ -]<m:[@-]+>",
            "sec-<m:sgh@+>"),

        .device(.mobile, by: "Apple", "~(<m:ip(hone|od)[ @]*>;"),
        .device(
            .tablet, by: "Apple",
            "~(<m:ipad>;[@ ),;-]+apple",
            "applecoremedia/[@.]+ ~(<m:ipad>",
            "'<m:ipad>##?,##?[;~]]%+ios"),

        .device(.tablet, by: "Huawei", "'<m:(agr|ags[23]|bah2?|sht?)-a?[lw]#{2}>"),
        .device(
            .mobile, by: "Huawei",
            "d/huawei<m:[@ -]+>[;)]",
            "'<m:nexus 6p|vog-[at]?l##|ane-[at]?l[x#]#|eml-a?l##a?|lya-[at]?l#[#c]|clt-a?l##i?|ele-l##>",
            "'<m:@{2,4}-[atu][ln][01259][019]>[;) ]"),

        .device(
            .mobile, by: "Xiaomi",
            "'<m:poco[ @]+>( build|~))",
            "'; <m:@+> build/hm&",
            "'<m:hm[ _-]?note?[ _]?(#@)?> build",
            "'<m:redmi[ _-]?(note|k)?[@ ]+>( build|~))",
            "'<m:mi[ _-]?(a#|one|one[ _]plus|note~ lte)?[ _]?#?@?[ _]?(plus)?> build",
            edits: spaced),
        .device(.tablet, by: "Xiaomi", "'<m:mi[ _-]?pad[@ ]+>( build|~))", edits: spaced),

        .device(
            .mobile, by: "OPPO",
            "; <m:@+> build%+ oppo",
            " <m:cph[12]#{3}|p(af|c[al]|d@|e[ar])[mt]#0|x9007>'"),
        .device(
            .mobile, by: "Vivo",
            " vivo <m:@+>( build|~))",
            " <m:v[12]#{3}@?[at]>( build|;)"),
        .device(.mobile, by: "Realme", " <m:rmx[12]#{3}>( build|;)"),

        .device(
            .mobile, by: "Motorola",
            " <m:milestone|droid([2-4x]| (bionic|x2|pro|razr))?:?( 4g)?>'[@ ]+build/",
            " mot(orola)?[ -]<m:@*>",
            "<m:moto[@ ()]+|xt#{3,4}|nexus 6>(= build|~))"),
        .device(.tablet, by: "Motorola", " <m:mz60#|xoom[ 2]{0,2}> build/"),

        .device(.tablet, by: "LG", "<m:[vl]k-?#{3}> build| 3.[@ ;-]{10}lg?-[06cv9]{3,4}"),
        .device(
            .mobile, by: "LG",
            "<m:lm-?f100[nv]?|nexus [45]>",
            "lg[e; /-]+<m:(!browser|netcast)@+>",
            "'lg<m:-?@+> build"),
    ]

    /// Phones and tablets of further vendors.
    static let makerRules: [AgentRule] = [
        .device(
            .tablet, by: "Lenovo",
            "<m:ideatab[@ -]+>",
            "lenovo ?<m:s(5000|6000)[@-]+|tab[ @]+|yt[@-]{6}|tb[@-]{6}>"),
        .device(
            .mobile, by: "Nokia",
            "(maemo|nokia)%*<m:n900|lumia #+>",
            "nokia[ _-]?<m:[@.-]*>",
            edits: spaced),
        .device(.tablet, by: "Google", "droid%+; <m:pixel c>[ )]"),
        .device(.mobile, by: "Google", "droid%+; <m:pixel[ #axl]{0,6}>( build|~))"),

        .device(
            .mobile, by: "Sony",
            "droid%+ <m:[c-g]#{4}|so[-l]@+|xq-a@[4-7][12]>(= build/|~)%+chrome/(![1-6]?#.))"),
        .device(
            .tablet, by: "Sony", model: "Xperia Tablet",
            "sony tablet [ps] build/",
            "(sony)?sgp@+( build/|~))"),
        .device(
            .mobile, by: "OnePlus",
            " <m:kb2005|in20[12]5|be20[12][59]>'",
            "'a000<m:1> build",
            "'oneplus <m:a#{4}>[ )]"),

        .device(
            .tablet, by: "Amazon",
            "<m:alexa>webm",
            "<m:kf[a-z]{2}wi>( build/|~))",
            "<m:kf[a-z]+>( build/|~))%+silk/"),
        .device(.mobile, by: "Amazon", model: "Fire Phone", "(sd|kf)[0349hijorstuw]+( build/|~))%+silk/"),

        .device(.tablet, "~(<m:playbook>;[@ ),;-]+<b:rim>"),
        .device(
            .mobile, by: "BlackBerry",
            "<m:(bb[a-f]|st[hv])100-#>",
            "~(bb10; <m:@+>"),

        .device(
            .tablet, by: "ASUS",
            "('|asus_)<m:transfo[prime ]{4,10} @+|eeepc|slider @+|nexus 7|padfone|p00[cj]>"),
        .device(.mobile, by: "ASUS", " <m:z[es]6[027][01][km][ls]|zenfone #@?>'"),

        .device(.tablet, by: "HTC", "<m:nexus 9>"),
        .device(
            .mobile,
            "<b:htc>[;_ -]{1,2}<m:[@ ]+(=~)| build)|@+>",
            "<b:zte>-<m:@*>",
            "<b:alcatel|geeksphone|nexian|panasonic>[_ -]?<m:[@-]*>",
            edits: spaced),
        .device(.tablet, by: "Acer", "droid[x#. ;]+ <m:[ab][1-7]-?[0178a]##?>"),
        .device(
            .mobile, by: "Meizu",
            "droid%+; <m:m[1-5] note> build",
            "'mz-<m:[@-]{2,}>"),

        .device(
            .mobile,
            "<b:blackberry|benq|palm(=-)|sonyericsson|acer|asus|dell|meizu|motorola|polytron>[_ -]?<m:[@-]*>",
            "<b:hp> <m:[@ ]+@>",
            "<b:microsoft>; <m:lumia[ @]+>",
            "<b:lenovo>[_ -]?<m:[@-]+>",
            "linux;%+<b:jolla>;",
            "droid%+; <b:oppo> ?<m:[@ ]+> build"),
    ]

    /// Phones and tablets of rare vendors.
    static let otherMakerRules: [AgentRule] = [
        .device(
            .tablet,
            "<b:archos> <m:gamepad2?>",
            "<b:hp>%+<m:touchpad(!%+tablet)|tablet>",
            "<b:kindle>/<m:[@.]+>",
            " <b:nook>[@ ]+build/<m:@+>",
            "[;/] ?<b:le[ -]+pan>[ -]+<m:@{1,9}> build",
            "[;/] ?<b:trinity>[ -]*<m:t#{3}> build",
            "'<b:gigaset>[ -]+<m:q@{1,9}> build",
            "'<b:vodafone> <m:[@ ]+>(~)| build)"),
        .device(.tablet, by: "Microsoft", " <m:surface duo> "),
        .device(.mobile, by: "Fairphone", "droid [#.]+; <m:fp#u?> build"),
        .device(.mobile, by: "AT&T", " <m:u304aa> build"),
        .device(.mobile, by: "Siemens", "sie-<m:@*>"),
        .device(.tablet, by: "RCA", "[;/] ?<m:rct@+> build"),
        .device(.tablet, by: "Dell", "[;/ ]<m:venue[# ]{2,7}> build"),
        .device(.tablet, by: "Verizon", "[;/] ?<m:q(mv|ta)@+> build"),
        .device(.tablet, by: "Barnes & Noble", "[;/] (barnes[& ]+noble |bn[rt])<m:[@ +]*> build"),
        .device(.tablet, by: "NuVision", "[;/] <m:tm#{3}@+> build"),
        .device(.tablet, by: "ZTE", "; <m:k88> build"),
        .device(.mobile, by: "ZTE", "; <m:nx#{3}j> build"),
        .device(.mobile, by: "Swiss", "[;/] ?<m:gen#{3}> build%*49h"),
        .device(.tablet, by: "Swiss", "[;/] ?<m:zur#{3}> build"),
        .device(.tablet, by: "Zeki", "[;/] ?<m:(zeki)?tb%*'> build"),
        .device(
            .tablet, by: "Dragon Touch",
            "[;/] [yr]#{2} build",
            "[;/] (dragon[ -]+touch |dt)<m:@{5}> build"),
        .device(.tablet, by: "Insignia", "[;/] ?<m:ns-?@{0,9}> build"),
        .device(.tablet, by: "NextBook", "[;/] ?<m:(nxa|next)-?@{0,9}> build"),
        .device(.mobile, by: "Voice", "[;/] ?(xtreme_)?<m:v(1[045]|2[015]|[3469]0|7[05])> build"),
        .device(.mobile, by: "LvTel", "[;/] ?(lvtel-)?<m:v1[12]> build"),
        .device(.mobile, by: "Essential", "; <m:ph-1> "),
        .device(.tablet, by: "Envizen", "[;/] ?<m:v(100md|700na|7011|917g)%*'> build"),
        .device(.tablet, by: "MachSpeed", "[;/] ?<m:trio[ @.-]+> build"),
        .device(.tablet, by: "Rotor", "[;/] ?tu_<m:1491> build"),
        .device(.tablet, by: "Nvidia", "<m:shield[@ ]+> build"),
        .device(.mobile, "<b:sprint> <m:@+>"),
        .device(.mobile, by: "Microsoft", "<m:kin.[onetw]{3}>", edits: [.replace(.model, ".", with: " ")]),
        .device(.tablet, by: "Zebra", "droid [#.]+; <m:cc6666?|et5[16]|mc[239][23]x?|vc8[03]x?>~)"),
        .device(.mobile, by: "Zebra", "droid [#.]+; <m:ec30|ps20|tc[2-8]#[kx]>~)"),
    ]
}
