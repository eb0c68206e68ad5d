/// Room for the static thread-local memory of a program that has an auditor.
///
/// Without an auditor the dynamic linker makes as much room as the libraries need that it loads with the program. With one
/// it decides before it knows them, and a library that does not fit is an error: an allocator such as jemalloc needs a
/// little, ThreadSanitizer nearly a megabyte. Every thread's stack has that room in it, so no more is asked for than the
/// program's own libraries may need.

/// An amount of static thread-local memory, in bytes.
struct StaticMemory: Sendable, Hashable {
  var bytes: Int

  /// For most programs.
  static let usual = StaticMemory(bytes: 4096)
  private static let threadSanitizer = StaticMemory(bytes: 1 << 20)

  /// What the libraries of `program` may need.
  init(of program: FileName) {
    let hasThreadSanitizer = librariesLinked(with: program).contains { $0.hasPrefix("libtsan.so") }
    self = hasThreadSanitizer ? .threadSanitizer : .usual
  }

  private init(bytes: Int) { self.bytes = bytes }
}
