import CutapeEmulator
import CutapeReport
import CutapeRules
import CutapeTestSupport
import CutapeTrace
import Foundation
import Testing

/// What the renderers print, kept in Snapshots/. With CUTAPE_UPDATE_SNAPSHOTS=1 the files are rewritten, and the test
/// fails all the same, so that a rewritten file is looked at before it is trusted.
struct SnapshotTests {
  /// Programs whose findings show every part of the layout.
  static let programs = [
    "race": """
    d1 = cudaMalloc(65536)
    h1 = cudaMallocHost(65536)
    h2 = cudaMallocHost(65536)
    s1 = cudaStreamCreateWithFlags(1)
    s2 = cudaStreamCreateWithFlags(1)
    cudaMemcpyAsync(d1+0x800, h1, 5120, H2D, s1)
    T2: cudaMemcpyAsync(h2, d1+0x1000, 4096, D2H, s2)
    """,
    "overlap": """
    d1 = cudaMalloc(8192)
    cudaMemsetAsync(d1, 0, 8192, 0)
    cudaMemcpyAsync(d1+0x400, d1, 4096, D2D, 0)
    """,
    "bounds": """
    d1 = cudaMalloc(4096)
    d2 = cudaMalloc(4096) at d1+4096
    h1 = cudaMallocHost(65536)
    cudaMemcpy2D(d1+0x100, 1024, h1, 512, 512, 5, H2D) = 1
    """,
    "stale-event": """
    d1 = cudaMalloc(64)
    h1 = cudaMallocHost(64)
    s1 = cudaStreamCreateWithFlags(1)
    s2 = cudaStreamCreateWithFlags(1)
    e1 = cudaEventCreate()
    cudaEventRecord(e1, s1)
    cudaMemcpyAsync(d1, h1, 64, H2D, s1)
    cudaStreamWaitEvent(s2, e1, 0)
    cudaMemsetAsync(d1, 0, 64, s2)
    """,
    "freed": """
    d1 = cudaMalloc(64)
    h1 = cudaMallocHost(64)
    cudaMemcpyAsync(d1, h1, 64, H2D, 0)
    cudaFree(d1)
    cudaMemcpy(d1, h1, 64, H2D) = 1
    cudaFree(d1) = 1
    """,
  ]

  @Test("The full form", arguments: programs.keys.sorted())
  func full(_ name: String) throws {
    try compare(name, "txt") { FullRenderer(context: $0, isColored: false) }
  }

  @Test("One line for each finding", arguments: programs.keys.sorted())
  func concise(_ name: String) throws {
    try compare(name, "concise.txt") { ConciseRenderer(context: $0, isColored: false) }
  }

  @Test("JSON Lines", arguments: programs.keys.sorted())
  func json(_ name: String) throws {
    try compare(name, "jsonl") { JsonRenderer(context: $0) }
  }

  @Test("Workflow commands of GitHub", arguments: programs.keys.sorted())
  func github(_ name: String) throws {
    try compare(name, "github.txt") { GithubRenderer(context: $0) }
  }

  @Test("Colour marks the severity alone")
  func colored() throws {
    let text = try rendered("overlap") { ConciseRenderer(context: $0, isColored: true) }
    #expect(text.contains("\u{1b}[1;31merror[CT101]\u{1b}[0m: "))
  }

  @Test("Calls that were not seen are told with the counts")
  func missed() throws {
    var report = try Report(of: #require(Self.programs["race"]))
    report.summary.missed = ["a library made 2 copies in calls that were not seen"]
    let counts = Counts(report.findings)
    let text = FullRenderer(context: report.context, isColored: false).text(
      of: report.summary, findings: counts)
    #expect(text.hasSuffix("\nnote: a library made 2 copies in calls that were not seen"))
    let line = JsonRenderer(context: report.context).text(of: report.summary, findings: counts)
    #expect(line.hasSuffix(#""missed":["a library made 2 copies in calls that were not seen"]}"#))
  }

  @Test("A trace cannot steer the terminal")
  func hostileNames() throws {
    let text = try rendered("race") { FullRenderer(context: $0, isColored: false) }
    #expect(!text.unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
  }

  private func compare(_ name: String, _ suffix: String, _ renderer: (ReportContext) -> any Renderer) throws {
    let text = try rendered(name, renderer)
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "Snapshots/\(name).\(suffix)")
    if ProcessInfo.processInfo.environment["CUTAPE_UPDATE_SNAPSHOTS"] == "1" {
      try Data(text.utf8).write(to: file)
      Issue.record(
        "rewrote \(file.lastPathComponent): look at it, then run again without CUTAPE_UPDATE_SNAPSHOTS")
      return
    }
    #expect(text == (try? String(contentsOf: file, encoding: .utf8)))
  }

  private func rendered(_ name: String, _ renderer: (ReportContext) -> any Renderer) throws -> String {
    let report = try Report(of: #require(Self.programs[name]))
    let renderer = renderer(report.context)
    let lines =
      report.findings.map(renderer.text) + [
        renderer.text(of: report.summary, findings: Counts(report.findings))
      ]
    return lines.joined(separator: "\n") + "\n"
  }
}
