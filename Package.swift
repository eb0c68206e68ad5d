// swift-tools-version: 6.2
import PackageDescription

// The modules and who may import whom. `tools/build` passes `--explicit-target-dependency-import-check error`,
// so the dependencies written here are the only imports that compile.

/// The library of one CUDA major: `Sources/Cudart`, compiled for it, with the soname and symbol versions of the real
/// one. It carries the Swift runtime in itself, so that it loads on machines without Swift.
func cudart(_ major: Int) -> Target {
  .target(
    name: "Cudart\(major)", dependencies: ["CutapeABI", "CutapeBridge", "CutapeRuntime"],
    cSettings: [.define("CUT_MAJOR", to: "\(major)"), .headerSearchPath("../Cudart")],
    linkerSettings: [
      .unsafeFlags([
        "-static-stdlib", "-Xlinker", "-soname=libcudart.so.\(major)", "-Xlinker",
        "--version-script=Sources/Cudart/libcudart.so.\(major).map", "-Xlinker", "--gc-sections",
      ])
    ])
}

let package = Package(
  name: "cutape",
  products: [
    .executable(name: "cutape", targets: ["cutape"]),
    .library(name: "cudart12", type: .dynamic, targets: ["Cudart12"]),
    .library(name: "cudart13", type: .dynamic, targets: ["Cudart13"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
  ],
  targets: [
    // The only C that Swift sees: the API table, the record and the ring.
    .target(name: "CutapeABI", path: "shim/abi"),
    .target(name: "CutapeTrace"),
    .target(name: "CutapeWire", dependencies: ["CutapeTrace", "CutapeABI"]),
    .target(
      name: "CutapeStore",
      dependencies: [
        "CutapeTrace", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      exclude: ["Schema.md"]),
    // What the recorder needs from the system that Swift cannot say: fork, the time-stamp counter.
    .target(name: "CutapeSystem"),
    .systemLibrary(name: "CElfutils", pkgConfig: "libdw", providers: [.apt(["libdw-dev"])]),
    .target(
      name: "CutapeRecorder",
      dependencies: ["CutapeTrace", "CutapeWire", "CutapeStore", "CutapeABI", "CutapeSystem", "CElfutils"]),
    .testTarget(
      name: "CutapeRecorderTests",
      dependencies: ["CutapeRecorder", "CutapeTrace", "CutapeWire", "CutapeStore", "CutapeABI"]),
    .target(
      name: "CutapeEmulator",
      dependencies: ["CutapeTrace", .product(name: "DequeModule", package: "swift-collections")]),
    // The stand-in CUDA runtime: the emulator behind a lock (CutapeRuntime), and one thin library for each CUDA
    // major that exports it. The libraries' link settings reach whatever contains their targets, so no test may.
    .target(name: "CutapeBridge"),
    .target(
      name: "CutapeRuntime", dependencies: ["CutapeTrace", "CutapeWire", "CutapeEmulator", "CutapeBridge"]),
    cudart(12), cudart(13),
    .target(name: "CutapeReplay", dependencies: ["CutapeTrace", "CutapeEmulator"]),
    .target(name: "CutapeRules", dependencies: ["CutapeTrace", "CutapeEmulator", "CutapeReplay"]),
    .target(
      name: "CutapeReport", dependencies: ["CutapeTrace", "CutapeEmulator", "CutapeReplay", "CutapeRules"]),
    .executableTarget(
      name: "cutape",
      dependencies: [
        "CutapeTrace", "CutapeWire", "CutapeStore", "CutapeRecorder", "CutapeEmulator", "CutapeReplay",
        "CutapeRules", "CutapeReport", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .testTarget(
      name: "CutapeCommandTests",
      dependencies: [
        "cutape", "CutapeTrace", "CutapeStore", "CutapeReport",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .testTarget(name: "CutapeTraceTests", dependencies: ["CutapeTrace", "CutapeWire"]),
    .testTarget(name: "CutapeWireTests", dependencies: ["CutapeTrace", "CutapeWire", "CutapeABI"]),
    .testTarget(
      name: "CutapeStoreTests",
      dependencies: [
        "CutapeTrace", "CutapeStore", .product(name: "GRDB", package: "GRDB.swift"),
      ],
      exclude: ["Traces"]),
    .testTarget(name: "CutapeEmulatorTests", dependencies: ["CutapeEmulator", "CutapeTrace"]),
    // Runs the built libraries; it must not contain them, see cudart().
    .testTarget(name: "CutapeRuntimeTests", exclude: ["Programs"]),
    // Traces as text, and literate scenarios.
    .target(
      name: "CutapeTestSupport",
      dependencies: ["CutapeTrace", "CutapeWire", "CutapeEmulator", "CutapeReplay", "CutapeRules"],
      path: "Tests/CutapeTestSupport"),
    .testTarget(
      name: "CutapeReplayTests",
      dependencies: ["CutapeTrace", "CutapeEmulator", "CutapeReplay", "CutapeRules", "CutapeTestSupport"]),
    .testTarget(
      name: "CutapeRulesTests",
      dependencies: ["CutapeTrace", "CutapeEmulator", "CutapeReplay", "CutapeRules", "CutapeTestSupport"]),
    .testTarget(
      name: "CutapeReportTests",
      dependencies: ["CutapeTrace", "CutapeRules", "CutapeReport", "CutapeTestSupport"],
      exclude: ["Snapshots"]),
    // Whole programs, recorded and judged by the built command: see tools/fixtures.
    .testTarget(name: "EndToEndTests", dependencies: ["CutapeTestSupport"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu17
)

// One set of settings for every Swift module: the features that make imports and existentials explicit. A release is
// optimised across modules, and leaves the checks for overlapping accesses to the tests, which are debug builds.
let withoutSwift: Set = [
  "CutapeABI", "CutapeSystem", "CElfutils", "CutapeBridge", "Cudart12", "Cudart13",
]
for target in package.targets where !withoutSwift.contains(target.name) {
  target.swiftSettings =
    (target.swiftSettings ?? []) + [
      .unsafeFlags(
        ["-cross-module-optimization", "-enforce-exclusivity=unchecked"], .when(configuration: .release)),
      .enableUpcomingFeature("ExistentialAny"),
      .enableUpcomingFeature("InternalImportsByDefault"),
      .enableUpcomingFeature("MemberImportVisibility"),
    ]
}
