/// How the calls of a program were looked for, and what there was to find: so that a reader can tell a program that did
/// nothing from one that was not seen.

/// What a trace says about the way in which it was recorded.
package struct Coverage: Sendable, Hashable {
  /// How cutape got between the program and CUDA.
  package enum Via: String, Sendable, Hashable, CaseIterable {
    /// By a library that is loaded first (`LD_PRELOAD`).
    case preload
    /// By the same library, and an auditor of the dynamic linker (`LD_AUDIT`) that leads there what preloading misses.
    case audit
  }

  package var via: Via
  /// Why it was this way, in a clause; empty when not known.
  package var reason: String
  /// Whether calls of the driver inside those of the runtime were kept.
  package var keepsNested: Bool
  /// How often the recorder looked which files were mapped into the program. With 0 there may have been others.
  package var looks: Int
  package var libraries: [RecordedLibrary]

  package init(
    via: Via = .preload, reason: String = "", keepsNested: Bool = false, looks: Int = 0,
    libraries: [RecordedLibrary] = []
  ) {
    self.via = via
    self.reason = reason
    self.keepsNested = keepsNested
    self.looks = looks
    self.libraries = libraries
  }

  /// The libraries of a kind.
  package func libraries(_ kind: RecordedLibrary.Kind) -> [RecordedLibrary] {
    libraries.filter { $0.kind == kind }
  }

  /// Why a recording without a single call has none, as far as it can be told: a clause.
  package var reasonForNoCalls: String {
    if let runtime = libraries(.runtime).first {
      return "\(runtime.name) was in the program, but no call of it was seen; \(Self.advice(via))"
    }
    if let program = libraries(.staticRuntime).first {
      let driver = libraries(.driver).first.map {
        "\($0.name) was in the program, but no call of it was seen"
      }
      return "\(program.name) has a CUDA runtime linked in, which is seen where it calls the driver: "
        + (driver ?? "no driver was loaded")
    }
    if let driver = libraries(.driver).first {
      return "\(driver.name) was in the program, but no call of it was seen; \(Self.advice(via))"
    }
    if let client = libraries(.client).first {
      return "\(client.name) is linked with \(client.needs.joined(separator: " and ")), but no call was seen"
    }
    if looks == 0 { return "the program ended before anything could be seen of its libraries" }
    return "no CUDA library was seen in the program"
  }

  /// What to do where calls may have been missed.
  package static func advice(_ via: Via) -> String {
    switch via {
    case .preload: "'record --via audit' sees objects that bypass preloaded libraries"
    case .audit: "if it makes any, it gets at them in a way that cutape does not see"
    }
  }
}

/// A file with code that has to do with CUDA, as it was in the program.
package struct RecordedLibrary: Sendable, Hashable {
  /// What the file is; the first that fits.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    /// `libcudart.so.N`.
    case runtime
    /// `libcuda.so.1`.
    case driver
    /// A program or library that libcudart_static is linked into.
    case staticRuntime = "static runtime"
    /// Another library of NVIDIA's.
    case nvidia
    /// A program or library that is linked with a runtime or the driver.
    case client
  }

  package var path: String
  package var kind: Kind
  /// The name that other objects know it by; empty when it has none.
  package var soname: String
  /// The build id in hexadecimal; empty when it has none.
  package var buildID: String
  /// The sonames of the runtimes and drivers that it is linked with.
  package var needs: [String]

  package init(path: String, kind: Kind, soname: String = "", buildID: String = "", needs: [String] = []) {
    self.path = path
    self.kind = kind
    self.soname = soname
    self.buildID = buildID
    self.needs = needs
  }

  /// Its soname, or else the name of the file.
  package var name: String {
    soname.isEmpty ? path.split(separator: "/").last.map(String.init) ?? path : soname
  }
}
