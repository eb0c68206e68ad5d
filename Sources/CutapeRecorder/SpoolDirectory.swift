/// Where spools live: in memory if there is a place for that.

private import CutapeABI
private import Glibc

/// The folders for spools.
enum SpoolDirectory {
  /// Makes a spool in the first folder that takes one: `CUTAPE_SPOOL_DIR`, or else /dev/shm, `TMPDIR`, /tmp.
  static func create(
    environment: [String: String], clock: Clock, payload: PayloadMode, takesStacks: Bool
  ) throws(SpoolError) -> Spool {
    let folders: [String]
    if let given = environment["CUTAPE_SPOOL_DIR"], !given.isEmpty {
      folders = [given]
    } else {
      folders = ["/dev/shm", environment["TMPDIR"] ?? "/tmp", "/tmp"]
    }
    var first: SpoolError?
    for folder in folders {
      do {
        let spool = try Spool.create(in: folder, clock: clock, budget: .measured(directory: folder))
        spool.session.pointee.payload = payload.wire
        spool.session.pointee.stacks = takesStacks ? 1 : 0
        return spool
      } catch {
        first = first ?? error
      }
    }
    throw first ?? .cannotCreate(directory: "/tmp", error: ENOENT)
  }
}
