/// Call stacks, frame by frame.

package import CutapeTrace
import GRDB

extension TraceWriter {
  /// Adds frames of call stacks, in one transaction; the first has the number `first`, the others follow it.
  package func add(_ frames: [StackFrame], from first: Int) throws(StoreError) {
    do {
      try queue.write { database in
        let statement = try database.cachedStatement(sql: "INSERT INTO stack VALUES (?, ?, ?)")
        for (index, frame) in frames.enumerated() {
          let caller: Int? =
            switch frame.caller {
            case .frame(let number): number
            case .nobody: 0
            case .unknown: nil
            }
          try statement.execute(arguments: [first + index, caller, frame.site])
        }
      }
    } catch {
      throw StoreError.of(error, path: path)
    }
  }

  /// Says how many calls have no call stack, though it was to be recorded; nil when none were.
  package func setStacksLeftOut(_ calls: Int?) throws(StoreError) {
    guard let calls else { return }
    do {
      try queue.write {
        try $0.cachedStatement(sql: "INSERT OR REPLACE INTO stack_loss VALUES (1, ?)").execute(arguments: [
          calls
        ])
      }
    } catch {
      throw StoreError.of(error, path: path)
    }
  }
}
