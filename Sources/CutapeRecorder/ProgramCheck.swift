/// Why a recording of a program can see nothing: what its file says before it runs.

private import Glibc

/// A reason for which the preload library will not be in the program.
package enum Blindness: Sendable, Hashable, CustomStringConvertible {
  /// No dynamic linker takes part, so nothing is preloaded.
  case staticProgram
  /// The dynamic linker ignores LD_PRELOAD for programs that gain rights.
  case gainsRights

  package var description: String {
    switch self {
    case .staticProgram: "the program is statically linked, so nothing can be preloaded into it"
    case .gainsRights: "the program runs with more rights than its user, so nothing may be preloaded into it"
    }
  }

  /// Looks at the ELF file at `path`; nil when nothing stands in the way, or when the file is a script.
  package static func of(program path: String) -> Blindness? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    let gains =
      (status.st_mode & S_ISUID != 0 && status.st_uid != geteuid())
      || (status.st_mode & S_ISGID != 0 && status.st_gid != getegid())
    if gains { return .gainsRights }
    return isStatic(descriptor) ? .staticProgram : nil
  }

  /// Whether this is a 64-bit ELF executable without an interpreter (PT_INTERP).
  private static func isStatic(_ descriptor: Int32) -> Bool {
    var header = Elf64_Ehdr()
    guard read(descriptor, into: &header, at: 0) else { return false }
    let ident = header.e_ident
    guard ident.0 == 0x7f, ident.1 == 0x45, ident.2 == 0x4c, ident.3 == 0x46, ident.4 == 2,
      header.e_phentsize == MemoryLayout<Elf64_Phdr>.size, header.e_phnum > 0
    else { return false }
    for index in 0..<Int(header.e_phnum) {
      var segment = Elf64_Phdr()
      let place = Int(truncatingIfNeeded: header.e_phoff) &+ index * MemoryLayout<Elf64_Phdr>.size
      guard read(descriptor, into: &segment, at: place) else { return false }
      if segment.p_type == UInt32(PT_INTERP) { return false }
    }
    return true
  }

  private static func read(_ descriptor: Int32, into value: inout some BitwiseCopyable, at place: Int) -> Bool
  {
    withUnsafeMutableBytes(of: &value) {
      pread(descriptor, $0.baseAddress, $0.count, off_t(place)) == $0.count
    }
  }
}
