// swift-tools-version: 6.3
// SPDX-License-Identifier: MIT
import PackageDescription

let package = Package(
    name: "footfall",
    targets: [
        .target(name: "CSystem"),
        .target(name: "FootfallJSON", dependencies: ["CSystem"]),
        .testTarget(name: "FootfallJSONTests", dependencies: ["FootfallJSON"]),
    ],
    swiftLanguageModes: [.v6]
)
