import Foundation
import Testing

/// The built stand-in libraries, and the tools to build programs against them.
enum StandIn {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The emulator, which the stand-in libraries look for beside them.
  static let emulator = root.appending(path: ".build/debug/libcutape-emulator.so")

  /// A built stand-in by its soname.
  static func library(_ name: String) -> URL { root.appending(path: "shim/build/emulated/\(name)") }

  /// The runtime of a CUDA major, and the driver.
  static func libraries(_ major: Int) -> [URL] {
    [library("libcudart.so.\(major)"), library("libcuda.so.1")]
  }

  /// NVIDIA's headers of a major; nil when they are not at hand.
  static func headers(_ major: Int) -> [String]? {
    let environment = ProcessInfo.processInfo.environment
    guard let cuda13 = environment["CUTAPE_CUDA13"] else { return nil }
    guard major == 12 else { return ["-isystem", "\(cuda13)/include"] }
    // The package of 12.9 lacks the few headers of the compiler (crt/); those of 13.0 serve.
    return environment["CUTAPE_CUDA12"].map {
      ["-isystem", "\($0)/include", "-isystem", "\(cuda13)/include"]
    }
  }

  static let hasHeaders = headers(12) != nil && headers(13) != nil
  static let whyNoHeaders: Comment = "CUTAPE_CUDA12 and CUTAPE_CUDA13 do not name the CUDA headers"

  static func source(_ program: String) -> String {
    root.appending(path: "Tests/CutapeRuntimeTests/Programs/\(program).c").path
  }

  /// Builds a program of this folder with `options`, runs it with the stand-in of `major`, and gives what it left.
  static func run(_ program: String, major: Int, options: [String]) throws -> Outcome {
    let folder = FileManager.default.temporaryDirectory.appending(path: "cutape-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for built in libraries(major) + [emulator] {
      try FileManager.default.createSymbolicLink(
        at: folder.appending(path: built.lastPathComponent), withDestinationURL: built)
    }
    let executable = folder.appending(path: program).path
    let compiler = try execute(
      "gcc",
      ["-std=gnu17", "-Wall", "-Werror", "-DCUT_MAJOR=\(major)", "-o", executable]
        + options + [source(program)] + libraries(major).map(\.path) + [
          "-lpthread", "-Wl,--allow-shlib-undefined",
        ])
    try #require(compiler.status == 0, "\(compiler.errors)")
    return try execute(executable, [], libraries: folder.path)
  }

  /// The global symbols that `nm` lists: those with capital letters; A is a version itself.
  static func globalSymbols(_ listing: String) -> Set<String> {
    Set(
      listing.split(separator: "\n").map { $0.split(separator: " ") }
        .filter { $0.count == 3 && "TWVDB".contains($0[1]) }.map { String($0[2]) })
  }

  /// Runs a command to its end.
  static func execute(_ command: String, _ arguments: [String], libraries: String? = nil) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [command] + arguments
    if let libraries {
      process.environment = ProcessInfo.processInfo.environment.merging(["LD_LIBRARY_PATH": libraries]) { $1 }
    }
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let complaints = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let isSignal = process.terminationReason == .uncaughtSignal
    return Outcome(
      status: isSignal ? 128 + process.terminationStatus : process.terminationStatus, output: text,
      errors: complaints)
  }

  struct Outcome {
    /// As a shell reports it: 128 + N for signal N.
    var status: Int32
    var output: String
    var errors: String
  }
}
