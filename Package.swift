// swift-tools-version: 6.3
// SPDX-License-Identifier: MIT
import PackageDescription

let package = Package(
    name: "footfall",
    targets: [
        .target(name: "CSystem"),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("dl")]),
        .target(name: "FootfallJSON", dependencies: ["CSystem"]),
        .target(name: "FootfallStore", dependencies: ["CSQLite", "CSystem", "CZlib", "FootfallJSON"]),
        .target(name: "FootfallTransport", dependencies: ["CCurl", "CZlib", "FootfallJSON"]),
        .target(name: "CMicrohttpd"),
        .target(name: "FootfallCollector", dependencies: ["CMicrohttpd", "CSystem", "CZlib", "FootfallJSON"]),
        .testTarget(name: "FootfallCollectorTests", dependencies: ["CZlib", "FootfallCollector", "FootfallJSON"]),
        .testTarget(name: "FootfallJSONTests", dependencies: ["FootfallJSON"]),
    ],
    swiftLanguageModes: [.v6]
)
