/// Functions that the compiler has put into others, from DWARF: one address then stands for several frames of a call stack.

internal import CElfutils
internal import CutapeTrace
private import Glibc

/// Looks up what was inlined where.
enum InlinedFunctions {
  /// The functions that were inlined one into the other where `address` is, the innermost first, each with the place where
  /// it was called.
  ///
  /// - Parameters:
  ///   - address: as the debug information counts.
  ///   - unit: the compilation unit that has it.
  static func at(_ address: UInt64, in unit: UnsafeMutablePointer<Dwarf_Die>) -> [CallSite.Inlined] {
    var inner = Dwarf_Die()
    guard findInnermost(address, in: unit, &inner) else { return [] }
    var files: OpaquePointer?
    var fileCount = 0
    guard dwarf_getsrcfiles(unit, &files, &fileCount) == 0 else { return [] }
    var scopes: UnsafeMutablePointer<Dwarf_Die>?
    let count = dwarf_getscopes_die(&inner, &scopes)
    guard count > 0, let scopes else { return [] }
    defer { free(scopes) }
    var found: [CallSite.Inlined] = []
    for index in 0..<Int(count) where Int(dwarf_tag(scopes + index)) == DW_TAG_inlined_subroutine {
      let file = number(DW_AT_call_file, of: scopes + index).flatMap {
        dwarf_filesrc(files, Int($0), nil, nil)
      }
      found.append(
        CallSite.Inlined(
          function: name(of: scopes + index), file: file.map { String(cString: $0) },
          line: number(DW_AT_call_line, of: scopes + index).map { Int(clamping: $0) }))
    }
    return found
  }

  /// The innermost block or function that has `address`. libdw gives those around an inlined function as they are in the
  /// source; as they are in the code it gives them for a block by itself.
  private static func findInnermost(
    _ address: UInt64, in unit: UnsafeMutablePointer<Dwarf_Die>, _ inner: inout Dwarf_Die
  ) -> Bool {
    var scopes: UnsafeMutablePointer<Dwarf_Die>?
    let count = dwarf_getscopes(unit, address, &scopes)
    defer { free(scopes) }
    guard count > 0, let scopes, let debug = dwarf_cu_getdwarf(scopes.pointee.cu) else { return false }
    return dwarf_offdie(debug, dwarf_dieoffset(scopes), &inner) != nil
  }

  private static func name(of entry: UnsafeMutablePointer<Dwarf_Die>) -> String? {
    var attribute = Dwarf_Attribute()
    for kind in [DW_AT_linkage_name, DW_AT_MIPS_linkage_name] {
      if dwarf_attr_integrate(entry, UInt32(kind), &attribute) != nil,
        let mangled = dwarf_formstring(&attribute)
      {
        return FunctionName.readable(mangled)
      }
    }
    return dwarf_diename(entry).map { String(cString: $0) }
  }

  private static func number(_ kind: Int, of entry: UnsafeMutablePointer<Dwarf_Die>) -> UInt64? {
    var attribute = Dwarf_Attribute()
    var value: Dwarf_Word = 0
    guard dwarf_attr(entry, UInt32(kind), &attribute) != nil, dwarf_formudata(&attribute, &value) == 0 else {
      return nil
    }
    return value
  }
}
