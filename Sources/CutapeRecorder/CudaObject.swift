/// What an object file has to do with CUDA, from the file alone, stripped or not.
///
/// A CUDA runtime that is linked into a program exports nothing and leaves no symbols when the program is stripped.
/// What stays are its messages: `cudaGetErrorString` has one for each error since the first releases, and the name of
/// the driver is there because the runtime opens it. Only objects that can open a library are searched for them.

private import CElfutils
internal import CutapeStore
private import CutapeSystem
private import Glibc

extension RecordedLibrary {
  /// Texts that the runtime alone has, all of them.
  private static let marks = ["startup failure in cuda runtime", "libcuda.so.1"]

  /// How the names of NVIDIA's other libraries begin.
  private static let nvidiaNames = [
    "libcublas", "libcudnn", "libcufft", "libcufile", "libcupti", "libcurand", "libcusolver", "libcusparse",
    "libcutensor", "libnccl", "libnpp", "libnvJitLink", "libnvToolsExt", "libnvblas", "libnvidia-",
    "libnvinfer",
    "libnvjpeg", "libnvrtc", "libnvshmem",
  ]

  /// The object at `path`; nil when it has nothing to do with CUDA, or cannot be read.
  init?(examining path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard elf_version(UInt32(EV_CURRENT)) != UInt32(EV_NONE),
      let elf = elf_begin(descriptor, ELF_C_READ_MMAP, nil)
    else { return nil }
    defer { elf_end(elf) }
    guard elf_kind(elf) == ELF_K_ELF else { return nil }
    self.init(elf, path: path)
  }

  private init?(_ elf: OpaquePointer, path: String) {
    let sections = Sections(elf)
    let needed = sections.strings(DT_NEEDED)
    self.init(
      path: path, kind: .client, soname: sections.strings(DT_SONAME).first ?? "",
      needs: needed.filter { $0.hasPrefix("libcudart.so") || $0.hasPrefix("libcuda.so") })
    if name.hasPrefix("libcudart.so") {
      kind = .runtime
    } else if name.hasPrefix("libcuda.so") {
      kind = .driver
    } else if sections.imports("dlopen"), sections.hasConstants(Self.marks) {
      kind = .staticRuntime
    } else if Self.nvidiaNames.contains(where: name.hasPrefix) {
      kind = .nvidia
    } else if needs.isEmpty {
      return nil
    }
    var bytes: UnsafeRawPointer?
    let count = dwelf_elf_gnu_build_id(elf, &bytes)
    if count > 0, let bytes {
      buildID = UnsafeRawBufferPointer(start: bytes, count: count).map { byte in
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }.joined()
    }
  }
}

/// The names of the libraries that the object at `path` is linked with; none when it cannot be read.
func librariesLinked(with path: FileName) -> [String] {
  let descriptor = path.withCString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
  guard descriptor >= 0 else { return [] }
  defer { close(descriptor) }
  guard elf_version(UInt32(EV_CURRENT)) != UInt32(EV_NONE),
    let elf = elf_begin(descriptor, ELF_C_READ_MMAP, nil)
  else { return [] }
  defer { elf_end(elf) }
  return elf_kind(elf) == ELF_K_ELF ? Sections(elf).strings(DT_NEEDED) : []
}

/// The sections of one object that matter here.
private struct Sections {
  private let elf: OpaquePointer
  private var all: [(section: OpaquePointer, header: GElf_Shdr)] = []

  init(_ elf: OpaquePointer) {
    self.elf = elf
    var section: OpaquePointer?
    while let next = elf_nextscn(elf, section) {
      section = next
      var header = GElf_Shdr()
      if gelf_getshdr(next, &header) != nil { all.append((next, header)) }
    }
  }

  /// The strings that entries of the dynamic section with `tag` name.
  func strings(_ tag: Int32) -> [String] {
    entries(UInt32(SHT_DYNAMIC)) { data, index, strings in
      var entry = GElf_Dyn()
      guard gelf_getdyn(data, index, &entry) != nil, entry.d_tag == GElf_Sxword(tag) else { return nil }
      return elf_strptr(elf, strings, Int(entry.d_un.d_val)).map { String(cString: $0) }
    }
  }

  /// Whether the object takes the function `name` from another one.
  func imports(_ name: String) -> Bool {
    !entries(UInt32(SHT_DYNSYM)) { data, index, strings in
      var symbol = GElf_Sym()
      guard gelf_getsym(data, index, &symbol) != nil, symbol.st_shndx == UInt16(SHN_UNDEF),
        let found = elf_strptr(elf, strings, Int(symbol.st_name)), strcmp(found, name) == 0
      else { return nil }
      return name
    }.isEmpty
  }

  /// Whether the constants of the object contain each of `texts`.
  func hasConstants(_ texts: [String]) -> Bool {
    texts.allSatisfy { text in
      all.contains { section, header in
        guard header.sh_type == UInt32(SHT_PROGBITS), name(of: header).hasPrefix(".rodata"),
          let data = elf_rawdata(section, nil), let bytes = data.pointee.d_buf
        else { return false }
        return cut_contains(bytes, data.pointee.d_size, text)
      }
    }
  }

  private func name(of header: GElf_Shdr) -> String {
    var names = 0
    guard elf_getshdrstrndx(elf, &names) == 0, let name = elf_strptr(elf, names, Int(header.sh_name)) else {
      return ""
    }
    return String(cString: name)
  }

  /// What `body` makes of the entries of all sections of a type: the data, the index, and the section of the strings.
  private func entries(
    _ type: UInt32, _ body: (UnsafeMutablePointer<Elf_Data>, Int32, Int) -> String?
  ) -> [String] {
    var found: [String] = []
    for (section, header) in all where header.sh_type == type && header.sh_entsize > 0 {
      guard let data = elf_getdata(section, nil) else { continue }
      for index in 0..<Int32(clamping: header.sh_size / header.sh_entsize) {
        if let text = body(data, index, Int(header.sh_link)) { found.append(text) }
      }
    }
    return found
  }
}

extension Coverage {
  /// Those of the files at `paths` that have to do with CUDA. A file that several paths lead to counts once, under the
  /// first of them, if that is absolute.
  static func libraries(among paths: [String]) -> [RecordedLibrary] {
    var known: Set<String> = []
    return paths.compactMap { path in
      let real = realpath(path, nil)
      defer { free(real) }
      let name = real.map { String(cString: $0) } ?? path
      return known.insert(name).inserted ? RecordedLibrary(examining: path.hasPrefix("/") ? path : name) : nil
    }
  }
}
