/// How much memory a spool may take.
///
/// The spool is memory that the program's machine, container and `/dev/shm` can lack: a recording must not be why a
/// program is killed for memory, or why its own shared memory no longer fits.

private import CutapeABI
private import Glibc

/// Sizes of a new spool, in segments of `CUT_SEGMENT_BYTES`.
package struct SpoolBudget: Sendable, Hashable {
  /// What is there before the program starts. Each costs half a millisecond; more are added when the program makes
  /// its first call.
  package var firstSegments: Int
  /// What it may grow to.
  package var maxSegments: Int
  /// Why there may be none, an error number: no space, or no file of that length.
  package var shortage = ENOSPC

  /// The most that any spool takes: 1 GiB.
  private static let most = 1 << 30

  package init(firstSegments: Int, maxSegments: Int) {
    self.firstSegments = firstSegments
    self.maxSegments = maxSegments
  }

  /// The budget from what is free: half of the file system's space, a quarter of the memory.
  package init(fileSystemFree: Int, memoryFree: Int) {
    let bytes = min(Self.most, fileSystemFree / 2, memoryFree / 4) - Int(CUT_SESSION_BYTES)
    maxSegments = max(0, bytes / Int(CUT_SEGMENT_BYTES))
    firstSegments = min(8, maxSegments)
  }

  /// The budget for a spool in `directory`, now.
  static func measured(directory: String) -> SpoolBudget {
    var free = Int.max
    var status = statvfs()
    if statvfs(directory, &status) == 0 {
      free = Int(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).0)
    }
    let longest = largestFile()
    var budget = SpoolBudget(
      fileSystemFree: min(free, longest), memoryFree: min(machineMemoryFree(), containerMemoryFree()))
    if longest < free { budget.shortage = EFBIG }
    return budget
  }

  /// The size that this process may give a file.
  private static func largestFile() -> Int {
    var limit = rlimit()
    return getrlimit(__rlimit_resource_t(1), &limit) == 0 ? Int(clamping: limit.rlim_cur) : .max
  }

  private static func machineMemoryFree() -> Int {
    guard let text = readSmallFile("/proc/meminfo"),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") }),
      let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { return .max }
    return kibibytes * 1024
  }

  /// What the control group (v2) leaves; its files are not there outside a container with a limit.
  private static func containerMemoryFree() -> Int {
    guard let limit = number(in: "/sys/fs/cgroup/memory.max"),
      let used = number(in: "/sys/fs/cgroup/memory.current")
    else { return .max }
    return max(0, limit - used)
  }

  private static func number(in path: String) -> Int? {
    readSmallFile(path).flatMap { Int($0.prefix { $0 != "\n" }) }
  }
}

/// The first 64 KiB of a file, or nil when it cannot be read: files of /proc and /sys have no size to ask for.
func readSmallFile(_ path: String) -> String? {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  var bytes = [UInt8](repeating: 0, count: 65536)
  var count = 0
  while count < bytes.count {
    let got = bytes.withUnsafeMutableBytes {
      read(descriptor, $0.baseAddress.map { $0 + count }, $0.count - count)
    }
    if got < 0, errno == EINTR { continue }
    guard got > 0 else { break }
    count += got
  }
  return String(decoding: bytes[..<count], as: UTF8.self)
}
