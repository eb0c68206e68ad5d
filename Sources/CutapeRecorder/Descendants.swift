/// The processes that come of the recorded program, looked at from outside.
///
/// Nobody tells the recorder that the program has started another one, and one that nothing can be preloaded into can
/// tell nothing itself. So /proc is asked now and then. A process that was there for a moment only is not seen.

private import Glibc

/// Finds programs that cannot be recorded among the descendants of a process.
struct Descendants {
  /// So often they are looked for, in nanoseconds; all the time while the program starts.
  private static let interval: UInt64 = 100_000_000
  private static let startUp: UInt64 = 500_000_000
  /// The most processes, and threads of each, that are looked at.
  private static let mostProcesses = 64
  private static let mostThreads = 32

  private let root: Int32
  private let began: UInt64
  private var last: UInt64 = 0
  /// What each process was running when it was looked at.
  private var known: [Int32: FileName] = [:]
  private var told: Set<FileName> = []

  /// - Parameters:
  ///   - program: the file of which all is said already.
  ///   - now: in nanoseconds, of any clock.
  init(of root: Int32, besides program: FileName?, now: UInt64) {
    self.root = root
    began = now
    if let file = program?.resolved() { told = [file] }
  }

  /// Looks, if it is time to. Returns programs that were not seen before.
  mutating func look(now: UInt64) -> [BlindProgram] {
    guard now &- last >= Self.interval || now &- began < Self.startUp else { return [] }
    last = now
    var found: [BlindProgram] = []
    var processes = [root]
    var index = 0
    while index < processes.count, processes.count <= Self.mostProcesses {
      let process = processes[index]
      index += 1
      processes += children(of: process)
      guard let file = FileName("/proc/\(process)/exe").linkTarget(), known[process] != file else { continue }
      known[process] = file
      if told.insert(file).inserted, let blind = BlindProgram(running: file) { found.append(blind) }
    }
    let alive = Set(processes)
    known = known.filter { alive.contains($0.key) }
    return found
  }

  /// The children of all threads of a process.
  private func children(of process: Int32) -> [Int32] {
    guard let directory = opendir("/proc/\(process)/task") else { return [] }
    defer { closedir(directory) }
    var children: [Int32] = []
    var threads = 0
    while threads < Self.mostThreads, let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard let thread = Int32(name) else { continue }
      threads += 1
      let text = readSmallFile("/proc/\(process)/task/\(thread)/children") ?? ""
      children += text.split(separator: " ").compactMap { Int32($0) }
    }
    return children
  }
}
