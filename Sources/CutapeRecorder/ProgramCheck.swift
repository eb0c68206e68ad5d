/// Why a recording of a program can see nothing: what its file says before it runs.

private import CutapeSystem
private import Glibc

/// A reason for which the preload library will not be in a program.
package enum Blindness: Sendable, Hashable, CustomStringConvertible {
  /// No dynamic linker takes part, so nothing is preloaded.
  case staticProgram
  /// The dynamic linker preloads nothing into programs that gain rights.
  case gainsRights
  case gainsCapabilities
  /// It is made for another machine than the preload library.
  case otherMachine(String)
  /// Its dynamic linker is not that of glibc.
  case otherLinker(String)

  package var description: String {
    switch self {
    case .staticProgram: "it is statically linked, so nothing can be preloaded into it"
    case .gainsRights: "it is set-user-ID or set-group-ID, so nothing may be preloaded into it"
    case .gainsCapabilities: "it has file capabilities, so nothing may be preloaded into it"
    case .otherMachine(let machine): "it is a program for \(machine), and the preload library is not"
    case .otherLinker(let linker):
      "its dynamic linker is \(linker), and the preload library needs that of glibc"
    }
  }

  /// Whether the program may not even start in order when the preload library is named to it: glibc's linker of another
  /// machine complains on standard error, and of other C libraries musl alone is known to take it. Where it does no harm
  /// it is named, for what the program starts.
  var refusesLibrary: Bool {
    switch self {
    case .staticProgram, .gainsRights, .gainsCapabilities: false
    case .otherMachine: true
    case .otherLinker(let linker): !linker.contains("/ld-musl-")
    }
  }
}

/// A program that cannot be seen, and why.
package struct BlindProgram: Sendable, Hashable, CustomStringConvertible {
  package var file: FileName
  package var blindness: Blindness

  package var description: String { "\(file) cannot be recorded: \(blindness)" }

  /// How many interpreters the kernel goes through.
  private static let mostInterpreters = 5

  /// Looks at the file that runs when `file` is executed by user `user` and group `group`: of a script that is its
  /// interpreter. Nil when nothing stands in the way, or when the file tells nothing.
  package init?(running file: FileName, user: UInt32 = getuid(), group: UInt32 = getgid()) {
    var file = file
    for _ in 0..<Self.mostInterpreters {
      guard let image = ProgramImage(file) else { return nil }
      if let interpreter = image.interpreter {
        file = interpreter
        continue
      }
      guard let blindness = image.blindness(user: user, group: group) else { return nil }
      self.file = file
      self.blindness = blindness
      return
    }
    return nil
  }
}

/// The first bytes of a program, and what its inode says.
private struct ProgramImage {
  private static let headerBytes = 64
  private static let programHeaderBytes = 56
  private static let interpreterType: UInt32 = 3
  #if arch(arm64)
    private static let machine: UInt16 = 183
  #else
    private static let machine: UInt16 = 62
  #endif

  private let status: stat
  private let head: [UInt8]

  init?(_ file: FileName) {
    // Not blocking: the name may be that of a pipe.
    let descriptor = file.withCString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var found = stat()
    guard fstat(descriptor, &found) == 0, found.st_mode & S_IFMT == S_IFREG else { return nil }
    status = found
    head = Self.read(descriptor, 0..<256)
    hasCapabilities = cut_hasCapabilities(descriptor) != 0
    linker = Self.linker(head, descriptor)
  }

  private let hasCapabilities: Bool
  /// The dynamic linker that the file names; nil when it names none.
  private let linker: String?

  /// The interpreter of a script: the first word behind `#!`.
  var interpreter: FileName? {
    guard head.starts(with: Array("#!".utf8)) else { return nil }
    let line = head.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") }
    let blanks = Array(" \t".utf8)
    let word = line.drop { blanks.contains($0) }.prefix { !blanks.contains($0) }
    return word.isEmpty ? nil : FileName(Array(word))
  }

  private var isElf: Bool { head.starts(with: [0x7f, 0x45, 0x4c, 0x46]) && head.count >= Self.headerBytes }

  func blindness(user: UInt32, group: UInt32) -> Blindness? {
    guard isElf else { return nil }
    let changesUser = status.st_mode & S_ISUID != 0 && status.st_uid != user
    let changesGroup =
      status.st_mode & (S_ISGID | S_IXGRP) == S_ISGID | S_IXGRP && status.st_gid != group
    if changesUser || changesGroup { return .gainsRights }
    if hasCapabilities, user != 0 { return .gainsCapabilities }
    let machine = Self.number(head, 18, 2)
    if head[4] != 2 || machine != UInt64(Self.machine) {
      return .otherMachine(Self.machineName(UInt16(machine), is64Bit: head[4] == 2))
    }
    guard let linker else { return .staticProgram }
    let name = linker.split(separator: "/").last ?? ""
    return name.hasPrefix("ld-linux") || name.hasPrefix("ld64") ? nil : .otherLinker(linker)
  }

  private static func machineName(_ machine: UInt16, is64Bit: Bool) -> String {
    switch machine {
    case 3: "32-bit x86"
    case 62: is64Bit ? "x86-64" : "x32"
    case 40: "32-bit Arm"
    case 183: "64-bit Arm"
    default: "machine \(machine) of ELF"
    }
  }

  /// The text of PT_INTERP. Only of 64-bit files; others are of another machine anyway.
  private static func linker(_ head: [UInt8], _ descriptor: Int32) -> String? {
    guard head.count >= headerBytes, head[4] == 2, number(head, 54, 2) == UInt64(programHeaderBytes) else {
      return nil
    }
    let start = Int(truncatingIfNeeded: number(head, 32, 8))
    let count = Int(number(head, 56, 2))
    guard start >= 0, start < 1 << 40 else { return nil }
    let table = read(descriptor, start..<start + count * programHeaderBytes)
    for index in 0..<table.count / programHeaderBytes {
      let header = Array(table[index * programHeaderBytes..<(index + 1) * programHeaderBytes])
      guard number(header, 0, 4) == UInt64(interpreterType) else { continue }
      let offset = Int(truncatingIfNeeded: number(header, 8, 8))
      let length = Int(min(number(header, 32, 8), UInt64(PATH_MAX)))
      guard offset >= 0, offset < 1 << 40 else { return nil }
      return String(
        decoding: read(descriptor, offset..<offset + length).prefix { $0 != 0 }, as: UTF8.self)
    }
    return nil
  }

  /// The little-endian number of `count` bytes at `offset`.
  private static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
    bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func read(_ descriptor: Int32, _ range: Range<Int>) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: range.count)
    let got = bytes.withUnsafeMutableBytes {
      pread(descriptor, $0.baseAddress, $0.count, off_t(range.lowerBound))
    }
    return Array(bytes.prefix(max(0, got)))
  }
}
