// swift-tools-version: 6.3
// SPDX-License-Identifier: MIT
import PackageDescription

let package = Package(
    name: "StorePlugin",
    products: [.library(name: "StorePlugin", targets: ["StorePlugin"])],
    dependencies: [.package(name: "footfall", path: "../..")],
    targets: [
        .target(name: "StorePlugin", dependencies: [.product(name: "Footfall", package: "footfall")]),
        .testTarget(
            name: "StorePluginTests",
            dependencies: ["StorePlugin", .product(name: "FootfallTesting", package: "footfall")]),
    ]
)
