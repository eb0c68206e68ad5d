import CutapeEmulator
import CutapeTrace

/// One legal order of the operations, with the contents that it gives.
///
/// Operations wait in the queues of their timelines until something forces them: the host knows them to be complete,
/// memory goes away, or the trace ends. What runs then, and what runs with it, is drawn by chance: a timeline is either
/// eager, and runs whatever it can, or lazy, and runs no more than it has to, which lets its work come as late as
/// possible. Operations that were found to be unordered with a later one are held back in every other order, until
/// nothing else can run (Sen, "Race directed random testing", PLDI 2008): chance alone would seldom turn two of many
/// around. Whatever an operation comes after runs first, so every order is legal.
struct Order {
  /// How operations are picked.
  enum Policy {
    /// Each as soon as it is submitted: the order of the trace.
    case recorded
    /// Each as late as possible, the timelines that came last first.
    case late
    case random(SplitMix)
  }

  private var policy: Policy
  /// For each timeline, how many operations of its queue have run.
  private(set) var done: [Int] = []
  private var isLazy: [Bool] = []
  /// The operations that are held back, by serial number.
  private var held: Set<Int> = []
  private(set) var contents: [Int: ContentMap] = [:]
  /// Calls after which no content of before is known: objects that are not in ``contents`` are unknown from then on.
  private var isSmeared = false
  /// What operations gave to the program since the last time it was taken.
  var deliveries: [Delivery] = []

  /// Bytes that an operation brought into host memory.
  struct Delivery {
    var operation: PlannedOperation
    var entry: Int
    var pieces: [Piece]
  }

  init(_ policy: Policy) { self.policy = policy }

  // MARK: Running

  /// Runs what `isRequired` names, by timeline and position, and what the policy runs along with it.
  mutating func run(_ queues: [OperationQueue], until required: (Int, UInt32) -> Bool) {
    grow(to: queues.count)
    var candidates = queues.indices.filter { slot in
      guard let head = head(of: slot, queues) else { return false }
      return runsAlong(slot) || required(slot, head.operation.epoch.count)
    }
    // Timelines that cannot go on without an operation that is held back.
    var stuck: [Int] = []
    while !candidates.isEmpty || !stuck.isEmpty {
      if candidates.isEmpty {
        _ = runHead(of: stuck[pick(stuck.count)], queues, evenHeld: true)
        swap(&candidates, &stuck)
        continue
      }
      let index = pick(candidates.count)
      let slot = candidates[index]
      guard let head = head(of: slot, queues),
        runsAlong(slot) || required(slot, head.operation.epoch.count)
      else {
        candidates.remove(at: index)
        continue
      }
      if !runHead(of: slot, queues, evenHeld: false) { stuck.append(candidates.remove(at: index)) }
    }
    redraw()
  }

  /// Holds `operation` back, in every other order.
  mutating func hold(_ operation: PlannedOperation, _ queues: [OperationQueue]) {
    let slot = operation.operation.epoch.slot
    guard slot < done.count, let head = head(of: slot, queues), head.serial <= operation.serial else {
      return
    }
    switch policy {
    case .recorded: break
    case .late: held.insert(operation.serial)
    case .random: if draw(2) == 0 { held.insert(operation.serial) }
    }
  }

  /// Runs the operation that was submitted last to `slot`, if the order is that of the trace.
  mutating func runIfRecorded(_ slot: Int, _ queues: [OperationQueue]) {
    guard case .recorded = policy else { return }
    grow(to: queues.count)
    _ = runHead(of: slot, queues, evenHeld: true)
  }

  private func runsAlong(_ slot: Int) -> Bool { !isLazy[slot] }

  private mutating func grow(to count: Int) {
    while done.count < count {
      done.append(0)
      switch policy {
      case .recorded: isLazy.append(false)
      case .late: isLazy.append(true)
      case .random: isLazy.append(draw(2) == 0)
      }
    }
  }

  /// Now and then a timeline changes between eager and lazy.
  private mutating func redraw() {
    guard case .random = policy, !isLazy.isEmpty, draw(4) == 0 else { return }
    isLazy[draw(isLazy.count)].toggle()
  }

  private mutating func pick(_ count: Int) -> Int {
    switch policy {
    case .recorded: 0
    case .late: count - 1
    case .random: draw(count)
    }
  }

  private mutating func draw(_ count: Int) -> Int {
    guard case .random(var numbers) = policy, count > 1 else { return 0 }
    let number = Int(numbers.next() % UInt64(count))
    policy = .random(numbers)
    return number
  }

  private func head(of slot: Int, _ queues: [OperationQueue]) -> PlannedOperation? {
    queues[slot].operation(at: done[slot])
  }

  /// Runs the first operation that waits in `slot`, and before it all that has to come before. Gives false, and stops,
  /// where an operation is held back, unless those run as well.
  private mutating func runHead(of slot: Int, _ queues: [OperationQueue], evenHeld: Bool) -> Bool {
    var stack = [slot]
    while let top = stack.last {
      guard let operation = head(of: top, queues) else {
        stack.removeLast()
        continue
      }
      if let blocker = blocker(of: operation, queues) {
        stack.append(blocker)
        continue
      }
      guard evenHeld || !held.contains(operation.serial) else { return false }
      held.remove(operation.serial)
      perform(operation)
      done[top] += 1
      stack.removeLast()
    }
    return true
  }

  /// A timeline in which something waits that comes before `operation`; one by chance where there are several.
  private mutating func blocker(of operation: PlannedOperation, _ queues: [OperationQueue]) -> Int? {
    let counts = operation.known.counts
    let first = draw(counts.count)
    for step in counts.indices {
      let slot = (first + step) % counts.count
      guard slot != operation.operation.epoch.slot, counts[slot] > 0, slot < queues.count,
        let head = head(of: slot, queues), head.operation.epoch.count <= counts[slot]
      else { continue }
      return slot
    }
    return nil
  }

  /// The queues gave up their first operations.
  mutating func forget(_ counts: [Int]) {
    for slot in counts.indices where slot < done.count { done[slot] -= counts[slot] }
  }

  // MARK: Contents

  private func pieces(of footprint: Footprint) -> [Piece] {
    guard let object = footprint.object else { return [] }
    return (contents[object] ?? fresh(object)).pieces(of: footprint)
  }

  private func fresh(_ object: Int) -> ContentMap {
    var map = ContentMap(object: object)
    if isSmeared { map.smear() }
    return map
  }

  private mutating func write(_ pieces: [Piece], to footprint: Footprint) {
    guard let object = footprint.object else { return }
    var map = contents.removeValue(forKey: object) ?? fresh(object)
    map.write(pieces, to: footprint)
    contents[object] = map
  }

  /// What an object holds now; it is gone after that.
  mutating func take(_ object: Int) -> ContentMap { contents.removeValue(forKey: object) ?? fresh(object) }

  /// Nothing is known of any content from now on.
  mutating func smearAll() {
    contents = [:]
    isSmeared = true
  }

  /// Does what the operation does, now.
  mutating func perform(_ operation: PlannedOperation) {
    for deed in operation.deeds {
      switch deed {
      case .copy(let to, let from, let isFromHost, let isToHost, let entry, let hash):
        let count = (to ?? from)?.byteCount ?? 0
        var pieces = from.map(self.pieces) ?? []
        // Of host memory that no operation wrote the hash tells what the program had put there.
        let isInput = pieces.allSatisfy { if case .before = $0.content.origin { isFromHost } else { false } }
        let origin = isInput ? hash.map { Origin.hashed($0, count: count) } : nil
        let input = Content(
          origin: origin ?? .input(operation, entry: entry), offset: 0, path: nil)
        if from == nil { pieces = [Piece(count: count, content: input)] }
        if isFromHost { pieces = pieces.resolvingInput(input) }
        if isToHost { deliveries.append(Delivery(operation: operation, entry: entry, pieces: pieces)) }
        if let to { write(pieces.brought(by: operation), to: to) }
      case .fill(let footprint, let pattern):
        let content = Content(origin: .value(pattern), offset: 0, path: Path(operation, before: nil))
        write([Piece(count: footprint.byteCount, content: content)], to: footprint)
      case .kernel(let reads, let writes, let isCertain): launch(operation, reads, writes, isCertain)
      case .host(let footprint, isWrite: true, let entry):
        let content = Content(
          origin: .input(operation, entry: entry), offset: 0, path: Path(operation, before: nil))
        write([Piece(count: footprint.byteCount, content: content)], to: footprint)
      case .host(let footprint, isWrite: false, let entry):
        deliveries.append(Delivery(operation: operation, entry: entry, pieces: pieces(of: footprint)))
      case .smear(let footprints):
        for footprint in footprints {
          write([Piece(count: footprint.byteCount, content: .unknown)], to: footprint)
        }
      case .smearAll: smearAll()
      }
    }
  }

  private mutating func launch(
    _ operation: PlannedOperation, _ reads: [Footprint], _ writes: [Footprint], _ isCertain: Bool
  ) {
    let inputs = reads.map(pieces)
    let isKnown = inputs.allSatisfy { $0.allSatisfy { !$0.content.isUnknown } }
    var hash = StableHash()
    for pieces in inputs {
      for piece in pieces {
        hash.combine(piece.count)
        hash.combine(piece.content)
      }
    }
    let path = Path(operation, before: nil, inputs: isCertain ? inputs : [])
    for footprint in writes {
      guard let object = footprint.object else { continue }
      let origin: Origin =
        !isKnown
        ? .unknown
        : isCertain
          ? .result(operation, object: object, inputs: hash.value)
          : .left(operation, object: object, inputs: hash.value)
      let content = Content(origin: origin, offset: footprint.start, path: isKnown ? path : nil)
      write([Piece(count: footprint.byteCount, content: content)], to: footprint)
    }
  }
}

extension [Piece] {
  /// The same bytes behind a copy by `operation`.
  fileprivate func brought(by operation: PlannedOperation) -> [Piece] {
    var last: (before: Path?, after: Path)?
    return map { piece in
      guard !piece.content.isUnknown else { return piece }
      var result = piece
      if let last, last.before === piece.content.path {
        result.content.path = last.after
      } else {
        let path = Path(operation, before: piece.content.path)
        last = (piece.content.path, path)
        result.content.path = path
      }
      return result
    }
  }

  /// Host memory that no operation wrote holds what the program put there for the operation that reads it.
  fileprivate func resolvingInput(_ input: Content) -> [Piece] {
    var position: UInt64 = 0
    return map { piece in
      defer { position &+= piece.count }
      guard case .before = piece.content.origin else { return piece }
      return Piece(count: piece.count, content: input.advanced(by: position))
    }
  }
}

/// A small deterministic source of numbers (Steele, Lea, Flood, OOPSLA 2014).
struct SplitMix: Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}

/// The operations of one timeline that some order has still to run, in order.
struct OperationQueue {
  private var operations: [PlannedOperation] = []

  var count: Int { operations.count }

  func operation(at index: Int) -> PlannedOperation? { index < operations.count ? operations[index] : nil }

  /// The operation at `epoch`; nil when every order has run it.
  func operation(at epoch: Epoch) -> PlannedOperation? {
    var (low, high) = (0, operations.count)
    while low < high {
      let middle = (low + high) / 2
      if operations[middle].operation.epoch.count < epoch.count { low = middle + 1 } else { high = middle }
    }
    return operation(at: low).flatMap { $0.operation.epoch == epoch ? $0 : nil }
  }

  mutating func append(_ operation: PlannedOperation) { operations.append(operation) }

  mutating func dropFirst(_ count: Int) { operations.removeFirst(count) }
}
