// swift-tools-version: 6.3
// SPDX-License-Identifier: MIT
import PackageDescription

let package = Package(
    name: "footfall",
    products: [
        .library(name: "Footfall", targets: ["Footfall"]),
        .library(name: "FootfallTesting", targets: ["FootfallTesting"]),
        .library(name: "AmplitudeActions", targets: ["AmplitudeActions"]),
        .library(name: "AmplitudeSession", targets: ["AmplitudeSession"]),
        .library(name: "LinuxContext", targets: ["LinuxContext"]),
        .library(name: "LinuxLifecycle", targets: ["LinuxLifecycle"]),
        .library(name: "SegmentDestination", targets: ["SegmentDestination"]),
        .library(name: "WebhookDestination", targets: ["WebhookDestination"]),
        .library(name: "FileDestination", targets: ["FileDestination"]),
        .library(name: "FootfallConfigured", targets: ["FootfallConfigured"]),
        // The C library. `make library` links it with the flags that libfootfall.so.0 needs.
        .library(name: "FootfallC", type: .dynamic, targets: ["FootfallC"]),
        .library(name: "FootfallFoundation", targets: ["FootfallFoundation"]),
        .library(name: "FootfallMapping", targets: ["FootfallMapping"]),
        .executable(name: "footfall", targets: ["FootfallCLI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: [
        .target(name: "CSystem"),
        // The public header of the C library, for which FootfallC has the functions.
        .target(name: "CFootfall"),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("dl")]),
        .target(name: "FootfallJSON", dependencies: ["CSystem"]),
        .target(name: "FootfallStore", dependencies: ["CSQLite", "CSystem", "CZlib", "FootfallJSON"]),
        .target(name: "FootfallTransport", dependencies: ["CCurl", "CSystem", "CZlib", "FootfallJSON"]),
        .target(name: "Footfall", dependencies: ["CSystem", "FootfallJSON", "FootfallStore", "FootfallTransport"]),
        .target(
            name: "FootfallTesting",
            dependencies: ["CSystem", "Footfall", "FootfallJSON", "FootfallStore", "FootfallTransport"]),
        .target(name: "FootfallMapping", dependencies: ["FootfallJSON"]),
        // The only target that may import Foundation; nothing else depends on it but its tests.
        .target(name: "FootfallFoundation", dependencies: ["Footfall", "FootfallJSON"]),
        .target(name: "CMicrohttpd"),
        .target(
            name: "FootfallCollector",
            dependencies: ["CMicrohttpd", "CSystem", "CZlib", "FootfallJSON", "FootfallStore"]),
        .target(
            name: "AmplitudeActions", dependencies: ["Footfall", "FootfallJSON", "FootfallMapping", "FootfallStore"],
            path: "plugins/AmplitudeActions/Sources"),
        .target(
            name: "AmplitudeSession", dependencies: ["CSystem", "Footfall", "FootfallStore"],
            path: "plugins/AmplitudeSession/Sources"),
        .target(
            name: "LinuxContext", dependencies: ["CSystem", "Footfall", "FootfallStore"],
            path: "plugins/LinuxContext/Sources"),
        .target(
            name: "LinuxLifecycle", dependencies: ["CSystem", "Footfall", "FootfallStore"],
            path: "plugins/LinuxLifecycle/Sources"),
        .target(name: "SegmentDestination", dependencies: ["Footfall"], path: "plugins/SegmentDestination/Sources"),
        .target(name: "WebhookDestination", dependencies: ["Footfall"], path: "plugins/WebhookDestination/Sources"),
        .target(
            name: "FileDestination", dependencies: ["Footfall", "FootfallStore"],
            path: "plugins/FileDestination/Sources"),
        .target(
            name: "FootfallConfigured",
            dependencies: [
                "AmplitudeActions", "AmplitudeSession", "FileDestination", "Footfall", "FootfallJSON", "LinuxContext",
                "LinuxLifecycle", "SegmentDestination", "WebhookDestination",
            ]),
        .target(
            name: "FootfallC",
            dependencies: ["CFootfall", "CSystem", "Footfall", "FootfallConfigured", "FootfallJSON", "FootfallStore"]),
        .executableTarget(
            name: "FootfallCLI",
            dependencies: [
                "AmplitudeActions", "AmplitudeSession", "CSystem", "Footfall", "FootfallCollector",
                "FootfallConfigured", "FootfallJSON", "FootfallMapping", "FootfallStore", "LinuxContext",
                "SegmentDestination",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(
            name: "airport-kiosk", dependencies: ["AmplitudeSession", "Footfall", "SegmentDestination"],
            path: "examples/airport-kiosk/Sources"),
        .executableTarget(
            name: "kiosk", dependencies: ["AmplitudeSession", "Footfall", "LinuxContext", "LinuxLifecycle"],
            path: "examples/kiosk/Sources"),
        .executableTarget(
            name: "one-file", dependencies: ["Footfall", "FootfallConfigured"], path: "examples/one-file/Sources"),
        .target(name: "CReliability", path: "Tests/CReliability"),
        .target(
            name: "TestSupport",
            dependencies: [
                "CReliability", "CSystem", "CZlib", "Footfall", "FootfallCollector", "FootfallStore", "FootfallTesting",
            ],
            path: "Tests/TestSupport"),
        .testTarget(
            name: "FootfallTests",
            dependencies: ["CSystem", "Footfall", "FootfallCollector", "FootfallJSON", "FootfallStore", "TestSupport"]),
        .testTarget(
            name: "FootfallFoundationTests",
            dependencies: ["Footfall", "FootfallFoundation", "FootfallTesting", "TestSupport"]),
        .testTarget(name: "FootfallTestingTests", dependencies: ["Footfall", "FootfallTesting"]),
        .testTarget(
            name: "FootfallStoreTests",
            dependencies: ["CSystem", "CZlib", "FootfallJSON", "FootfallStore", "TestSupport"]),
        .testTarget(
            name: "AmplitudeSessionTests",
            dependencies: ["AmplitudeSession", "Footfall", "FootfallStore", "FootfallTesting", "TestSupport"],
            path: "plugins/AmplitudeSession/Tests", exclude: ["Fixtures"]),
        .testTarget(
            name: "LinuxContextTests",
            dependencies: ["Footfall", "FootfallStore", "FootfallTesting", "LinuxContext", "TestSupport"],
            path: "plugins/LinuxContext/Tests"),
        .testTarget(
            name: "LinuxLifecycleTests",
            dependencies: [
                "AmplitudeSession", "CSystem", "FileDestination", "Footfall", "FootfallStore", "FootfallTesting",
                "LinuxContext",
                "LinuxLifecycle", "TestSupport",
            ],
            path: "plugins/LinuxLifecycle/Tests", exclude: ["Fixtures"]),
        .testTarget(
            name: "SegmentDestinationTests",
            dependencies: [
                "Footfall", "FootfallCollector", "FootfallStore", "FootfallTesting", "SegmentDestination",
                "TestSupport",
            ],
            path: "plugins/SegmentDestination/Tests"),
        .testTarget(
            name: "WebhookDestinationTests",
            dependencies: [
                "Footfall", "FootfallCollector", "FootfallStore", "FootfallTesting", "TestSupport",
                "WebhookDestination",
            ],
            path: "plugins/WebhookDestination/Tests"),
        .testTarget(
            name: "FileDestinationTests",
            dependencies: [
                "CSystem", "FileDestination", "Footfall", "FootfallStore", "FootfallTesting", "TestSupport",
            ],
            path: "plugins/FileDestination/Tests"),
        .target(name: "CLimits", dependencies: ["CSQLite", "CZlib"], path: "Benchmarks/CLimits"),
        .executableTarget(
            name: "FootfallBenchmarks",
            dependencies: [
                "AmplitudeActions", "CLimits", "Footfall", "FootfallCollector", "FootfallMapping", "FootfallStore",
                "SegmentDestination",
            ],
            path: "Benchmarks/FootfallBenchmarks"),
        .testTarget(
            name: "FootfallCollectorTests",
            dependencies: ["FootfallCollector", "FootfallJSON", "FootfallStore", "TestSupport"]),
        .testTarget(name: "FootfallJSONTests", dependencies: ["FootfallJSON", "TestSupport"]),
        // Compares mappings, triggers and sessions with recorded cases of Segment's code. Not a product.
        .executableTarget(
            name: "footfall-conformance",
            dependencies: ["AmplitudeActions", "AmplitudeSession", "FootfallJSON", "FootfallMapping", "FootfallStore"],
            path: "Tests/Conformance"),
        .testTarget(
            name: "FootfallMappingTests", dependencies: ["FootfallJSON", "FootfallMapping", "footfall-conformance"],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "AmplitudeActionsTests",
            dependencies: [
                "AmplitudeActions", "Footfall", "FootfallCollector", "FootfallMapping", "FootfallStore",
                "FootfallTesting", "TestSupport",
                "footfall-conformance",
            ],
            path: "plugins/AmplitudeActions/Tests", exclude: ["Fixtures"]),
        .testTarget(
            name: "FootfallConfiguredTests",
            dependencies: [
                "AmplitudeActions", "AmplitudeSession", "FileDestination", "Footfall", "FootfallConfigured",
                "LinuxContext", "LinuxLifecycle", "SegmentDestination", "TestSupport", "WebhookDestination",
            ]),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "CSystem", "Footfall", "FootfallCLI", "FootfallCollector", "FootfallJSON", "FootfallStore",
                "TestSupport",
            ]),
        // The Swift blocks of the documents, which have to compile: scripts/documentation-examples.
        .testTarget(
            name: "DocumentationExamples",
            dependencies: [
                "AmplitudeActions", "AmplitudeSession", "FileDestination", "Footfall", "FootfallConfigured",
                "FootfallFoundation", "FootfallMapping", "LinuxContext", "LinuxLifecycle", "SegmentDestination",
                "WebhookDestination",
            ]),
        .target(name: "CMemoryDisk", dependencies: ["CSQLite"], path: "Tests/CMemoryDisk"),
        .testTarget(name: "ModelTests", dependencies: ["CMemoryDisk", "Footfall", "FootfallStore", "TestSupport"]),
        // The program that ReliabilityTests start, kill and fork. Not a product.
        .executableTarget(
            name: "ReliabilityHost",
            dependencies: [
                "AmplitudeSession", "CSystem", "FileDestination", "Footfall", "FootfallConfigured", "FootfallStore",
                "LinuxLifecycle", "SegmentDestination", "TestSupport", "WebhookDestination",
            ], path: "Tests/ReliabilityHost"),
        .testTarget(
            name: "ReliabilityTests",
            dependencies: [
                "AmplitudeSession", "CReliability", "CSystem", "FileDestination", "Footfall", "FootfallCLI",
                "FootfallCollector", "FootfallJSON", "FootfallStore", "FootfallTransport", "ReliabilityHost",
                "SegmentDestination",
                "TestSupport", "WebhookDestination",
            ], exclude: ["Fixtures"]),
    ],
    swiftLanguageModes: [.v6]
)

// scripts/sanitize needs some of the test targets. Without the others, and without the programs, the build takes half
// the time.
if let tests = Context.environment["FOOTFALL_TESTS"]?.split(separator: " ").map(String.init) {
    package.targets.removeAll { $0.type == .executable || $0.type == .test && !tests.contains($0.name) }
    package.products.removeAll { $0.name == "footfall" }
}

// The fuzz targets need libFuzzer, so they exist only when scripts/fuzz sets the path of its library.
if let library = Context.environment["FOOTFALL_FUZZ"] {
    for target in package.targets where target.type == .regular {
        target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-sanitize=fuzzer"])]
    }
    let needs: [String: [Target.Dependency]] = [
        "JSON": ["Footfall"], "Spool": ["Footfall", "FootfallStore"],
        "Configuration": ["AmplitudeSession", "Footfall", "FootfallConfigured"],
        "Answer": ["Footfall", "SegmentDestination"], "Store": ["FootfallStore"],
    ]
    package.targets.append(.target(name: "CFuzz", path: "Fuzz/CFuzz"))
    for (name, dependencies) in needs.sorted(by: { $0.key < $1.key }) {
        package.products.append(.executable(name: "Fuzz\(name)", targets: ["Fuzz\(name)"]))
        package.targets.append(
            .executableTarget(
                name: "Fuzz\(name)", dependencies: dependencies + ["CFuzz"], path: "Fuzz/\(name)",
                exclude: ["corpus"], linkerSettings: [.unsafeFlags([library]), .linkedLibrary("stdc++")]))
    }
}
