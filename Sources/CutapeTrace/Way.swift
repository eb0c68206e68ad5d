/// How the code that made a call had come by the function.
///
/// It says which of the ways into CUDA a recorder has to watch for a program, and so what it would have missed.
package enum Way: UInt8, Sendable, Hashable, CaseIterable {
  /// The loader put its address into the calling object: the object is linked with the function.
  case linked = 0
  /// The program looked it up with `dlsym` or `dlvsym`.
  case dlsym = 1
  /// The program, or a runtime that is linked into it, asked the driver with `cuGetProcAddress`.
  case proc = 2
  /// The program asked the runtime with `cudaGetDriverEntryPoint`.
  case entryPoint = 3
  /// It did not: the call was made by the process that this one was forked from, and what it did holds here too.
  case inherited = 4

  /// The name that commands print and that traces keep.
  package var name: String {
    switch self {
    case .linked: "linked"
    case .dlsym: "dlsym"
    case .proc: "cuGetProcAddress"
    case .entryPoint: "cudaGetDriverEntryPoint"
    case .inherited: "inherited"
    }
  }

  /// The way that is called `name`; nil when none is.
  package init?(name: String) {
    guard let way = Way.allCases.first(where: { $0.name == name }) else { return nil }
    self = way
  }
}
