import DequeModule

/// A piece of work in a stream: the stream's id and the position in it, from 1.
package struct WorkReference: Sendable, Hashable {
  package var stream: Int
  package var position: Int
}

/// What a piece of work does when it runs.
enum Action {
  /// Nothing: it only carries order (a kernel, a wait, a record, a copy whose bytes are not kept).
  case none
  case run(() -> Void)
  /// Calls back into the program; the backing decides on which thread.
  case callHost(function: UInt64, userData: UInt64)
}

/// Work that was queued and not yet run: a graph over all streams.
///
/// Each piece depends on the one before it in its stream and on those it names. Every edge leads to work that was
/// submitted earlier, so running a set of pieces in the order of submission respects all of them, and a stream's
/// work always completes front to back. Completing is lazy and iterative: 100 000 queued copies are a loop.
struct WorkGraph {
  private struct Piece {
    /// Over all streams, in the order of submission.
    var number: Int
    var dependencies: [WorkReference]
    var action: Action
    var isRunning = false
  }

  private struct Queue {
    var pending = Deque<Piece>()
    /// How many pieces have completed: the position of the last of them.
    var completed = 0
    var last: Int { completed + pending.count }
  }

  private var queues: [Queue] = []
  private var lastNumber = 0
  private(set) var pendingCount = 0

  /// What to do next to complete some work.
  enum Step {
    case done
    case perform(WorkReference, Action)
    /// Another thread is running a piece that this needs.
    case wait
  }

  /// A plan: the streams and the positions up to which each has to complete.
  struct Plan {
    fileprivate var order: [WorkReference]
    fileprivate var next = 0
  }

  /// Adds a stream and gives its id, from 1.
  mutating func addQueue() -> Int {
    queues.append(Queue())
    return queues.count
  }

  /// The newest piece of `stream`, or nil when all of it has completed.
  func tail(of stream: Int) -> WorkReference? {
    queues[stream - 1].pending.isEmpty
      ? nil : WorkReference(stream: stream, position: queues[stream - 1].last)
  }

  /// The newest piece that `stream` ever had, completed or not; position 0 when it had none.
  func newest(of stream: Int) -> WorkReference {
    WorkReference(stream: stream, position: queues[stream - 1].last)
  }

  func isPending(_ work: WorkReference) -> Bool { work.position > queues[work.stream - 1].completed }

  func pendingCount(of stream: Int) -> Int { queues[stream - 1].pending.count }

  mutating func append(to stream: Int, after dependencies: [WorkReference], _ action: Action) -> WorkReference
  {
    lastNumber += 1
    pendingCount += 1
    let needed = dependencies.filter { $0.stream != stream && isPending($0) }
    queues[stream - 1].pending.append(Piece(number: lastNumber, dependencies: needed, action: action))
    return newest(of: stream)
  }

  /// The pieces that have to run so that `goals` are complete, in an order that respects every edge.
  func plan(for goals: [WorkReference]) -> Plan {
    var reached: [Int: Int] = [:]
    var open = goals
    var order: [(number: Int, work: WorkReference)] = []
    while let goal = open.popLast() {
      let queue = queues[goal.stream - 1]
      let from = reached[goal.stream] ?? queue.completed
      guard goal.position > from else { continue }
      reached[goal.stream] = goal.position
      for position in (from + 1)...goal.position {
        let piece = queue.pending[position - queue.completed - 1]
        order.append((piece.number, WorkReference(stream: goal.stream, position: position)))
        open.append(contentsOf: piece.dependencies)
      }
    }
    order.sort { $0.number < $1.number }
    return Plan(order: order.map(\.work))
  }

  /// The next step of `plan`. Other threads may have run some of it since it was made.
  mutating func step(_ plan: inout Plan) -> Step {
    while plan.next < plan.order.count {
      let work = plan.order[plan.next]
      guard isPending(work) else {
        plan.next += 1
        continue
      }
      let piece = queues[work.stream - 1].pending[0]
      guard !piece.isRunning else { return .wait }
      queues[work.stream - 1].pending[0].isRunning = true
      return .perform(work, piece.action)
    }
    return .done
  }

  /// The piece at the front of its stream has run.
  mutating func finish(_ work: WorkReference) {
    queues[work.stream - 1].pending.removeFirst()
    queues[work.stream - 1].completed += 1
    pendingCount -= 1
  }
}
