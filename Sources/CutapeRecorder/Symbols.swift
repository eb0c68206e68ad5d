/// From call sites to functions, files and lines, by elfutils' libdw.
///
/// Functions come from the symbol table, lines from DWARF; a program without `-g` has the first alone, a stripped
/// one keeps module and offset. Debug information in a file of its own is found by build id or debug link, in the
/// usual places. A file that is not the one that was mapped, by its build id, tells nothing. The address of a site is
/// the one a call returns to, so the call is looked up one byte before it.

private import CElfutils
package import CutapeTrace
private import Glibc

/// Symbolises the sites of a recording.
package enum Symbols {
  /// The sites for which more is known than module and offset, by key.
  ///
  /// - Parameter withInlined: whether inlined functions are wanted too, for call stacks.
  package static func resolve(
    _ sites: CallSites, withInlined: Bool = false
  ) -> [(key: Int, site: CallSite)] {
    var found: [(key: Int, site: CallSite)] = []
    for (module, group) in Dictionary(grouping: sites.sites, by: \.module) {
      guard let module, let object = DebugObject(sites.modules[module]) else { continue }
      for site in group.sorted(by: { $0.key < $1.key }) {
        let address = site.returnAddress
        var resolved = CallSite(
          address: address, module: sites.modules[module].path,
          offset: address - sites.modules[module].loadBias)
        resolved.function = object.function(at: address - 1)
        (resolved.file, resolved.line) = object.line(at: address - 1) ?? (nil, nil)
        if withInlined { resolved.inlined = object.inlined(at: address - 1) }
        if resolved.function != nil || resolved.line != nil { found.append((site.key, resolved)) }
      }
    }
    return found
  }
}

/// One object file, as it was loaded.
private final class DebugObject {
  private let session: OpaquePointer
  private let module: OpaquePointer
  /// Functions by start address, each with its end. libdw's own look-up walks all symbols for every address.
  private lazy var functions = sortedFunctions()

  /// Address ranges of compilation units. libdw's own look-up needs .debug_aranges, which clang does not write.
  private lazy var units = sortedUnits()

  private struct Unit {
    var start: UInt64
    var end: UInt64
    var bias: UInt64
    var entry: UnsafeMutablePointer<Dwarf_Die>
  }

  private struct Function {
    var start: UInt64
    var end: UInt64
    var symbol: Int32
  }

  /// The object of `module`; nil when its file is gone or not ELF.
  init?(_ module: CallSites.Module) {
    var callbacks = Dwfl_Callbacks()
    callbacks.find_elf = dwfl_build_id_find_elf
    callbacks.find_debuginfo = dwfl_standard_find_debuginfo
    // libdw keeps the pointer as long as the session lives.
    self.callbacks = .allocate(capacity: 1)
    self.callbacks.initialize(to: callbacks)
    guard let session = dwfl_begin(self.callbacks) else {
      self.callbacks.deallocate()
      return nil
    }
    dwfl_report_begin(session)
    let reported = dwfl_report_elf(session, module.path, module.path, -1, module.loadBias, true)
    guard let reported, dwfl_report_end(session, nil, nil) == 0 else {
      dwfl_end(session)
      self.callbacks.deallocate()
      return nil
    }
    self.session = session
    self.module = reported
    if let build = module.build, let found = Self.build(of: reported), found != build { return nil }
  }

  /// The build id of the file at hand, in hexadecimal digits; nil when it has none.
  private static func build(of module: OpaquePointer) -> String? {
    var bytes: UnsafePointer<UInt8>?
    var address: GElf_Addr = 0
    let count = dwfl_module_build_id(module, &bytes, &address)
    guard count > 0, let bytes else { return nil }
    return UnsafeBufferPointer(start: bytes, count: Int(count))
      .map { String($0 >> 4, radix: 16) + String($0 & 0xf, radix: 16) }.joined()
  }

  private let callbacks: UnsafeMutablePointer<Dwfl_Callbacks>

  deinit {
    dwfl_end(session)
    callbacks.deallocate()
  }

  /// The source line of the instruction at `address`.
  func line(at address: UInt64) -> (file: String, line: Int)? {
    guard let unit = unit(of: address), let entry = dwarf_getsrc_die(unit.entry, address &- unit.bias) else {
      return nil
    }
    var number: Int32 = 0
    guard dwarf_lineno(entry, &number) == 0, number > 0, let file = dwarf_linesrc(entry, nil, nil) else {
      return nil
    }
    return (String(cString: file), Int(number))
  }

  /// The functions that were inlined around the instruction at `address`, the innermost first.
  func inlined(at address: UInt64) -> [CallSite.Inlined] {
    unit(of: address).map { InlinedFunctions.at(address &- $0.bias, in: $0.entry) } ?? []
  }

  private func unit(of address: UInt64) -> Unit? {
    var low = 0
    var high = units.count
    while low < high {
      let middle = (low + high) / 2
      if units[middle].start <= address { low = middle + 1 } else { high = middle }
    }
    guard low > 0, address < units[low - 1].end else { return nil }
    return units[low - 1]
  }

  private func sortedUnits() -> [Unit] {
    var found: [Unit] = []
    var bias: Dwarf_Addr = 0
    var entry: UnsafeMutablePointer<Dwarf_Die>?
    while let next = dwfl_module_nextcu(module, entry, &bias) {
      entry = next
      var (base, start, end): (Dwarf_Addr, Dwarf_Addr, Dwarf_Addr) = (0, 0, 0)
      var offset: Int = 0
      while true {
        offset = dwarf_ranges(next, offset, &base, &start, &end)
        guard offset > 0 else { break }
        found.append(Unit(start: start &+ bias, end: end &+ bias, bias: bias, entry: next))
      }
    }
    return found.sorted { ($0.start, $0.end) < ($1.start, $1.end) }
  }

  /// The name of the function that `address` lies in, readable.
  func function(at address: UInt64) -> String? {
    var low = 0
    var high = functions.count
    while low < high {
      let middle = (low + high) / 2
      if functions[middle].start <= address { low = middle + 1 } else { high = middle }
    }
    guard low > 0, address < functions[low - 1].end else { return nil }
    var symbol = GElf_Sym()
    var start: GElf_Addr = 0
    guard
      let name = dwfl_module_getsym_info(module, functions[low - 1].symbol, &symbol, &start, nil, nil, nil)
    else { return nil }
    return FunctionName.readable(name)
  }

  private func sortedFunctions() -> [Function] {
    var found: [Function] = []
    for index in 0..<max(0, dwfl_module_getsymtab(module)) {
      var symbol = GElf_Sym()
      var start: GElf_Addr = 0
      guard dwfl_module_getsym_info(module, index, &symbol, &start, nil, nil, nil) != nil,
        symbol.st_info & 0xf == UInt8(STT_FUNC), symbol.st_shndx != UInt16(SHN_UNDEF)
      else { continue }
      found.append(Function(start: start, end: start &+ max(symbol.st_size, 1), symbol: index))
    }
    return found.sorted { ($0.start, $0.end) < ($1.start, $1.end) }
  }
}
