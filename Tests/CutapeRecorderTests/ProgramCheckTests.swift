import CutapeRecorder
import CutapeStore
import Foundation
import Testing

/// Programs that nothing can be preloaded into: what their files say.
@Suite("A program that cannot be recorded")
struct ProgramCheckTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "cutape-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  /// An ELF file of one program header.
  private func image(
    bits: UInt8 = 2, machine: UInt16 = ProgramCheckTests.ownMachine,
    linker: String? = "/lib64/ld-linux-x86-64.so.2"
  ) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 64 + 56)
    bytes.replaceSubrange(0..<5, with: [0x7f, 0x45, 0x4c, 0x46, bits])
    put(machine, at: 18, in: &bytes)
    put(UInt64(64), at: 32, in: &bytes)
    put(UInt16(56), at: 54, in: &bytes)
    put(UInt16(1), at: 56, in: &bytes)
    guard let linker else { return bytes }
    put(UInt32(3), at: 64, in: &bytes)
    put(UInt64(bytes.count), at: 64 + 8, in: &bytes)
    put(UInt64(linker.utf8.count + 1), at: 64 + 32, in: &bytes)
    return bytes + Array(linker.utf8) + [0]
  }

  private static let ownMachine: UInt16 = {
    #if arch(arm64)
      183
    #else
      62
    #endif
  }()

  private func put(_ number: some FixedWidthInteger, at offset: Int, in bytes: inout [UInt8]) {
    withUnsafeBytes(of: number.littleEndian) { bytes.replaceSubrange(offset..<offset + $0.count, with: $0) }
  }

  private func file(_ name: String, _ bytes: [UInt8], mode: Int = 0o755) throws -> FileName {
    let path = folder.appending(path: name).path
    try Data(bytes).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    return FileName(path)
  }

  @Test("an ordinary program, a text and a cut file stand in no way")
  func ordinary() throws {
    #expect(BlindProgram(running: FileName("/bin/sh")) == nil)
    #expect(BlindProgram(running: try file("ordinary", image())) == nil)
    #expect(BlindProgram(running: try file("text", Array("echo\n".utf8))) == nil)
    #expect(BlindProgram(running: try file("cut", Array(image().prefix(63)))) == nil)
    #expect(BlindProgram(running: FileName("/nonexistent")) == nil)
    #expect(BlindProgram(running: FileName("/dev/null")) == nil)
  }

  @Test("a static program, one of another machine and one of another C library are told apart")
  func images() throws {
    let linker = "/lib/ld-musl-x86_64.so.1"
    #expect(BlindProgram(running: try file("a", image(linker: nil)))?.blindness == .staticProgram)
    #expect(BlindProgram(running: try file("b", image(linker: linker)))?.blindness == .otherLinker(linker))
    #expect(
      BlindProgram(running: try file("c", image(bits: 1, machine: 3)))?.blindness
        == .otherMachine("32-bit x86"))
    let hostile = image().enumerated().map { $0.offset == 56 || $0.offset == 57 ? 0xff : $0.element }
    #expect(BlindProgram(running: try file("d", hostile)) == nil)
  }

  @Test("a program gains rights when its owner is another user, or its group another group")
  func rights() throws {
    let user = getuid()
    let group = getgid()
    let program = try file("setuid", image(), mode: 0o4755)
    #expect(BlindProgram(running: program, user: user, group: group) == nil)
    #expect(BlindProgram(running: program, user: user + 1, group: group)?.blindness == .gainsRights)
    let groupProgram = try file("setgid", image(), mode: 0o2755)
    #expect(BlindProgram(running: groupProgram, user: user, group: group + 1)?.blindness == .gainsRights)
    // Without the right to be executed by the group the bit means something else.
    let locked = try file("locked", image(), mode: 0o2745)
    #expect(BlindProgram(running: locked, user: user, group: group + 1) == nil)
  }

  @Test("of a script it is its interpreter that counts")
  func scripts() throws {
    let interpreter = try file("static", image(linker: nil))
    let script = try file("script", Array("#! \(interpreter) -x\necho\n".utf8))
    let found = try #require(BlindProgram(running: script))
    #expect(found.file == interpreter)
    #expect(
      "\(found)".hasSuffix("cannot be recorded: it is statically linked, so nothing can be preloaded into it")
    )
    let loop = folder.appending(path: "loop").path
    #expect(BlindProgram(running: try file("loop", Array("#!\(loop)\n".utf8))) == nil)
  }
}

@Suite("What a process says of itself")
struct OwnerDescriptionTests {
  @Test("is its program, directory, arguments, variables of CUDA and auditor")
  func parts() {
    let text = "/bin/a\0/home\000002\0a\0\0CUDA_X=1=2\0LD_AUDIT=/x:/a/libcutape-audit.so\0NVIDIA_Y=\0"
    let owner = OwnerDescription(Array(text.utf8))
    #expect(owner.program == "/bin/a" && owner.workingDirectory == "/home")
    #expect(owner.arguments == ["a", ""] && owner.via == .audit)
    #expect(owner.environment == ["CUDA_X": "1=2", "NVIDIA_Y": ""])
    let merged = owner.replacing(in: ["CUDA_X": "3", "CUDA_Z": "4", "LD_PRELOAD": "5"])
    #expect(merged == ["CUDA_X": "1=2", "NVIDIA_Y": "", "LD_PRELOAD": "5"])
    let other = OwnerDescription(Array("/bin/a\0/\000001\0a\0LD_AUDIT=/a/libcutape-audit.so.1:b\0".utf8))
    #expect(other.via == .preload)
  }

  @Test(
    "is empty where the program has written nonsense",
    arguments: ["", "\0", "a\0b\0-5\0c\0", "a\0b\099999\0"])
  func nonsense(_ text: String) {
    let owner = OwnerDescription(Array(text.utf8))
    #expect(owner.arguments.allSatisfy(\.isEmpty) && owner.environment.isEmpty)
  }
}
