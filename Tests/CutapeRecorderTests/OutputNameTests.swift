@testable import CutapeRecorder
import Testing

@Suite("Output names")
struct OutputNameTests {
  @Test("that ends in a slash is a folder for the standard name, and no name is the standard one")
  func folders() {
    #expect(OutputName.template("runs/", program: "/bin/a%b") == "runs/a%%b.%p.cutape")
    #expect(OutputName.template(nil, program: "/bin/a") == "a.%p.cutape")
    #expect(OutputName.template("run.cutape", program: "/bin/a") == "run.cutape")
  }

  @Test(
    "expand their directives",
    arguments: [
      ("run.cutape", "run.cutape"), ("%p.cutape", "42.cutape"), ("rank%r", "rank3"),
      ("%q{JOB}/%%p", "seven/%p"),
      ("a%n", "a3"),
    ])
  func expand(template: String, expected: String) throws {
    let name = try OutputName(template).expanded(pid: 42, environment: ["PMI_RANK": "3", "JOB": "seven"]) {
      ["a1", "a2"].contains($0)
    }
    #expect(name == expected)
  }

  @Test("refuse what they cannot expand")
  func refuse() throws {
    #expect(throws: OutputNameError.unknownDirective("%z")) { try OutputName("%z") }
    #expect(throws: OutputNameError.unknownDirective("%")) { try OutputName("100%") }
    #expect(throws: OutputNameError.unknownDirective("%q")) { try OutputName("%q{HOME") }
    #expect(throws: OutputNameError.noRank) { try OutputName("%r").expanded(pid: 1, environment: [:]) }
    #expect(throws: OutputNameError.unsetVariable("JOB")) {
      try OutputName("%q{JOB}").expanded(pid: 1, environment: [:])
    }
  }

  @Test(
    "tell the other processes of a program apart",
    arguments: [
      ("run.cutape", "run.%p.cutape"), ("a.b/run", "a.b/run.%p"), ("%p.cutape", "%p.cutape"), ("r%n", "r%n"),
      ("100%%", "100%%.%p"),
    ])
  func perProcess(template: String, expected: String) throws {
    #expect(try OutputName.perProcess(template) == expected)
  }

  @Test("are the program's own by default, whatever is in it")
  func standard() throws {
    let template = OutputName.standard(program: "/usr/bin/100%")
    #expect(try OutputName(template).expanded(pid: 7, environment: [:]) == "100%.7.cutape")
  }
}
