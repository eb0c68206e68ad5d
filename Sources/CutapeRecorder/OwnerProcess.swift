/// The process behind the number that it knows itself by.
///
/// A program may be in a namespace of processes of its own (a container, a sandbox): what it calls itself is the number of
/// another process here. A recorder that waited for that one would never end.

private import CutapeABI
private import Glibc

enum OwnerProcess {
  private static let ownNamespace = inode(of: "self")

  /// What this process calls the process that calls itself `number` in `namespace`, an inode; nil when it has ended. Where
  /// the namespace is not known (0) it counts as the one of this process.
  static func number(_ number: Int32, in namespace: UInt64) -> Int32? {
    guard namespace != 0, let ownNamespace, namespace != ownNamespace else { return number }
    guard let directory = opendir("/proc") else { return nil }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard let process = Int32(name), innermostNumber(of: name) == number else { continue }
      // What cannot be looked at is somebody else's.
      if inode(of: name) == namespace { return process }
    }
    return nil
  }

  /// The same for what stands for a process and its namespace.
  static func number(key: UInt64) -> Int32? {
    let mask = UInt64(1) << CUT_NUMBER_BITS - 1
    return number(Int32(key & mask), in: key >> CUT_NUMBER_BITS)
  }

  private static func inode(of process: String) -> UInt64? {
    var status = stat()
    return stat("/proc/\(process)/ns/pid", &status) == 0 ? UInt64(status.st_ino) : nil
  }

  /// The number of a process in its own namespace: the last one of a line of its status.
  private static func innermostNumber(of process: String) -> Int32? {
    readSmallFile("/proc/\(process)/status")?.split(separator: "\n").first { $0.hasPrefix("NSpid:") }?
      .split(separator: "\t").last.flatMap { Int32($0) }
  }
}
