// swift-tools-version: 6.2
import PackageDescription

// The modules and who may import whom. `tools/build` passes `--explicit-target-dependency-import-check error`,
// so the dependencies written here are the only imports that compile.

let package = Package(
  name: "cutape",
  products: [
    .executable(name: "cutape", targets: ["cutape"]),
    .library(name: "cutape-emulator", type: .dynamic, targets: ["CutapeRuntime"]),
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
    // The emulator as a library behind a lock, one for all stand-ins of CUDA in a process; those are thin, C, and built
    // with the preload library (shim/standin). It carries the Swift runtime in itself, so that it loads on machines
    // without Swift. Its link settings reach whatever contains the target, so no test may.
    .target(name: "CutapeBridge"),
    .target(
      name: "CutapeRuntime", dependencies: ["CutapeTrace", "CutapeWire", "CutapeEmulator", "CutapeBridge"],
      exclude: ["exports.map"],
      linkerSettings: [
        .unsafeFlags(
          [
            "-static-stdlib", "-Xlinker", "-soname=libcutape-emulator.so", "-Xlinker",
            "--version-script=Sources/CutapeRuntime/exports.map", "-Xlinker", "--gc-sections",
            // The Swift runtime cannot be unloaded.
            "-Xlinker", "-z", "-Xlinker", "nodelete",
          ])
      ]),
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
    // Runs the built libraries; it must not contain them, see CutapeRuntime.
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
  "CutapeABI", "CutapeSystem", "CElfutils", "CutapeBridge",
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
