import CutapeTestSupport

/// A program drawn by chance, with every edge that it needs: streams of all kinds, memory of all kinds, rectangles, events
/// that are recorded again and again, waits of every form, memory that is freed when it is done with.
///
/// Whenever the next operation would race with an earlier one in the ``OrderModel``, a way to order the two is drawn and
/// put before it, as an edge with a number of its own. So each edge was needed when it was made.
struct RandomProgram {
  enum Memory: CaseIterable { case device, pinned, pageable, managed, async }

  private struct Buffer {
    var name: String
    var memory: Memory
    var isFreed = false
  }

  private struct Stream {
    /// How calls name it.
    var name: String
    var isBlocking: Bool
    /// The host thread whose per-thread stream it is.
    var thread: Int?
  }

  /// Bytes of each buffer: a matrix of 16 rows of 32 bytes.
  private static let rows = 16
  private static let pitch = 32

  private(set) var statements: [Statement] = []
  private(set) var edges = 0
  let isBlocking: [Bool]

  private var random: Dice
  private var model: OrderModel
  private var buffers: [Buffer] = []
  private let streams: [Stream]
  private static let events = 3

  init(seed: UInt64) {
    var random = Dice(seed: seed)
    var streams = [Stream(name: "0", isBlocking: true)]
    for number in 1...(2 + random.below(4)) {
      streams.append(Stream(name: "s\(number)", isBlocking: random.below(3) == 0))
    }
    if random.below(2) == 0 {
      streams += [1, 2].map { Stream(name: "perThread", isBlocking: true, thread: $0) }
    }
    self.streams = streams
    isBlocking = streams.map(\.isBlocking)
    model = OrderModel(isBlocking: isBlocking)
    self.random = random
    prepare()
    for _ in 0..<(8 + self.random.below(16)) { step() }
    freeSome()
  }

  /// The program as a trace text.
  static func text(_ statements: some Sequence<Statement>) -> String {
    statements.map(\.text).joined(separator: "\n")
  }

  // MARK: Parts

  private mutating func prepare() {
    let size = Self.rows * Self.pitch
    for memory in [Memory.device, .device, .pinned, .pinned, .pageable, .managed] { make(memory, size) }
    for (number, stream) in streams.enumerated() where number > 0 && stream.thread == nil {
      add("\(stream.name) = cudaStreamCreateWithFlags(\(stream.isBlocking ? 0 : 1))", .preparation)
    }
    add("scratch = cudaMalloc(16)", .preparation)
    for event in 0..<Self.events { add("e\(event) = cudaEventCreate()", .preparation) }
    for buffer in buffers where buffer.memory == .device || buffer.memory == .managed {
      add("cudaMemset(\(buffer.name), 0, \(size))", .preparation)
    }
    add("cudaDeviceSynchronize()", .preparation)
  }

  private mutating func make(_ memory: Memory, _ size: Int) {
    let name = "b\(buffers.count)"
    buffers.append(Buffer(name: name, memory: memory))
    switch memory {
    case .device: add("\(name) = cudaMalloc(\(size))", .preparation)
    case .pinned: add("\(name) = cudaMallocHost(\(size))", .preparation)
    case .pageable: add("\(name) = malloc(\(size))", .preparation)
    case .managed: add("\(name) = cudaMallocManaged(\(size), 1)", .preparation)
    case .async: break
    }
  }

  private mutating func step() {
    switch random.below(12) {
    case 0: allocateAsync()
    case 1: freeAsync()
    case 2, 3: fill()
    case 4: launch()
    default: copy()
    }
    if random.below(3) == 0 {
      // A record that nothing needs yet; later waits may find it useful.
      let stream = random.below(streams.count)
      record(random.below(Self.events), in: stream, edge: nil)
    }
  }

  private mutating func allocateAsync() {
    let size = Self.rows * Self.pitch
    let stream = random.below(streams.count)
    let buffer = buffers.count
    make(.async, size)
    let name = buffers[buffer].name
    let all = Bytes(buffer: buffer, start: 0, width: size)
    submit(stream, reads: [], writes: [all], waits: false) { "\(name) = cudaMallocAsync(\(size), \($0))" }
    submit(stream, reads: [], writes: [all], waits: false) { "cudaMemsetAsync(\(name), 0, \(size), \($0))" }
  }

  private mutating func freeAsync() {
    guard let buffer = buffers.indices.filter({ buffers[$0].memory == .async && !buffers[$0].isFreed }).first
    else { return }
    let name = buffers[buffer].name
    buffers[buffer].isFreed = true
    submit(
      random.below(streams.count), reads: [], writes: [whole(buffer)], waits: false
    ) { "cudaFreeAsync(\(name), \($0))" }
  }

  private mutating func fill() {
    guard let buffer = pick(where: { [.device, .managed, .async].contains($0) }) else { return }
    let bytes = rectangle(in: buffer)
    let place = "\(buffers[buffer].name)+\(bytes.start)"
    let stream = random.below(streams.count)
    let isSynchronous = stream == OrderModel.legacy && random.below(2) == 0
    let isFlat = bytes.rows == 1
    let arguments =
      isFlat ? "\(place), 7, \(bytes.width)" : "\(place), \(bytes.pitch), 7, \(bytes.width), \(bytes.rows)"
    let function = isFlat ? "cudaMemset" : "cudaMemset2D"
    submit(stream, reads: [], writes: [bytes], waits: false) {
      isSynchronous ? "\(function)(\(arguments))" : "\(function)Async(\(arguments), \($0))"
    }
  }

  private mutating func launch() {
    guard let from = pick(where: { $0 == .device || $0 == .async }),
      let to = pick(where: { $0 == .device || $0 == .async })
    else { return }
    let names = (buffers[from].name, buffers[to].name)
    submit(random.below(streams.count), reads: [whole(from)], writes: [whole(to)], waits: false) {
      "work<<<\($0)>>>(const \(names.0), \(names.1))"
    }
  }

  private mutating func copy() {
    guard let from = pick(where: { _ in true }), let to = pick(where: { _ in true }),
      from != to, !(isHost(from) && isHost(to))
    else { return }
    let source = rectangle(in: from)
    let place = rectangle(in: to, width: source.width, rows: source.rows)
    let stream = random.below(streams.count)
    let hasPageable = buffers[from].memory == .pageable || buffers[to].memory == .pageable
    // A synchronous upload of pageable memory waits for earlier work, or not, by the reading: it is left out.
    let isSynchronous =
      stream == OrderModel.legacy && random.below(2) == 0 && buffers[from].memory != .pageable
    let kind = random.below(3) == 0 ? "Default" : isHost(from) ? "H2D" : isHost(to) ? "D2H" : "D2D"
    let ends = ("\(buffers[to].name)+\(place.start)", "\(buffers[from].name)+\(source.start)")
    let isFlat = source.rows == 1
    let arguments =
      isFlat
      ? "\(ends.0), \(ends.1), \(source.width), \(kind)"
      : "\(ends.0), \(place.pitch), \(ends.1), \(source.pitch), \(source.width), \(source.rows), \(kind)"
    let function = isFlat ? "cudaMemcpy" : "cudaMemcpy2D"
    submit(
      stream, reads: tracked(source), writes: tracked(place),
      waits: isSynchronous && (isHost(from) || isHost(to)), hasHabit: hasPageable
    ) {
      isSynchronous ? "\(function)(\(arguments))" : "\(function)Async(\(arguments), \($0))"
    }
  }

  /// Some of the buffers are freed; the host knows that nothing uses them any more.
  private mutating func freeSome() {
    for buffer in buffers.indices where random.below(3) == 0 && !buffers[buffer].isFreed {
      let function: String
      switch buffers[buffer].memory {
      case .device, .managed: function = "cudaFree"
      case .pinned: function = "cudaFreeHost"
      case .async, .pageable: continue
      }
      let bytes = whole(buffer)
      let work = OrderModel.Work(statement: -1, reads: [], writes: [bytes])
      while let other = model.unordered(work, knowing: model.host).first { order(other, before: nil) }
      buffers[buffer].isFreed = true
      add("\(function)(\(buffers[buffer].name))", .free(bytes), hasHabit: true)
    }
  }

  // MARK: Order

  /// Adds an operation, and before it the edges that it needs.
  private mutating func submit(
    _ stream: Int, reads: [Bytes], writes: [Bytes], waits: Bool, hasHabit: Bool = false,
    text: (String) -> String
  ) {
    let work = OrderModel.Work(statement: -1, reads: reads, writes: writes)
    while let other = model.unordered(work, knowing: model.known(in: stream)).first {
      order(other, before: stream)
    }
    add(
      call(in: stream, text(streams[stream].name)),
      .work(stream: stream, reads: reads, writes: writes, waits: waits), hasHabit: hasHabit)
  }

  /// Orders an operation before what comes next in `stream`, or before what the host does next.
  private mutating func order(_ other: OrderModel.Work, before stream: Int?) {
    guard case .work(let from, _, _, _) = statements[other.statement].meaning else {
      preconditionFailure("what the host did is known to all that comes later")
    }
    let edge = edges
    edges += 1
    let event = random.below(Self.events)
    guard let stream, random.below(4) != 0 else { return tellHost(of: from, event, edge) }
    if let known = model.events.first(where: { $0.value.contains(other.statement) })?.key,
      random.below(2) == 0
    {
      return wait(for: known, in: stream, edge: edge)
    }
    switch random.below(4) {
    case 0 where isBlocking[from] && isBlocking[stream]:
      // Any action in the legacy stream will do, whatever it touches.
      add(
        "cudaMemsetAsync(scratch, 0, 16, 0)",
        .work(stream: OrderModel.legacy, reads: [], writes: [], waits: false), edge: edge)
    case 1:
      let middle = random.below(streams.count)
      record(event, in: from, edge: edge)
      wait(for: event, in: middle, edge: edge)
      record(event, in: middle, edge: edge)
      wait(for: event, in: stream, edge: edge)
    default:
      record(event, in: from, edge: edge)
      wait(for: event, in: stream, edge: edge)
    }
  }

  private mutating func tellHost(of stream: Int, _ event: Int, _ edge: Int) {
    let name = streams[stream].name
    switch random.below(5) {
    case 0: add("cudaDeviceSynchronize()", .synchronizeDevice, edge: edge)
    case 1: add(call(in: stream, "cudaStreamSynchronize(\(name))"), .synchronizeStream(stream), edge: edge)
    case 2:
      add(call(in: stream, "cudaStreamQuery(\(name)) = 600"), .preparation, edge: edge)
      add(call(in: stream, "cudaStreamQuery(\(name))"), .synchronizeStream(stream), edge: edge)
    case 3:
      record(event, in: stream, edge: edge)
      add("cudaEventQuery(e\(event)) = 600", .preparation, edge: edge)
      add("cudaEventQuery(e\(event))", .synchronizeEvent(event), edge: edge)
    default:
      record(event, in: stream, edge: edge)
      add("cudaEventSynchronize(e\(event))", .synchronizeEvent(event), edge: edge)
    }
  }

  private mutating func record(_ event: Int, in stream: Int, edge: Int?) {
    add(
      call(in: stream, "cudaEventRecord(e\(event), \(streams[stream].name))"),
      .record(event: event, stream: stream),
      edge: edge)
  }

  private mutating func wait(for event: Int, in stream: Int, edge: Int) {
    add(
      call(in: stream, "cudaStreamWaitEvent(\(streams[stream].name), e\(event), 0)"),
      .wait(event: event, stream: stream), edge: edge)
  }

  private mutating func add(
    _ text: String, _ meaning: Statement.Meaning, edge: Int? = nil, hasHabit: Bool = false
  ) {
    model.follow(meaning, statement: statements.count)
    statements.append(Statement(text: text, meaning: meaning, edge: edge, hasHabit: hasHabit))
  }

  /// The call as made by the thread whose stream it is, or else by any.
  private mutating func call(in stream: Int, _ text: String) -> String {
    "T\(streams[stream].thread ?? 1 + random.below(2)): \(text)"
  }

  // MARK: Bytes

  private func isHost(_ buffer: Int) -> Bool {
    buffers[buffer].memory == .pinned || buffers[buffer].memory == .pageable
  }

  private mutating func pick(where fits: (Memory) -> Bool) -> Int? {
    let candidates = buffers.indices.filter { !buffers[$0].isFreed && fits(buffers[$0].memory) }
    return candidates.isEmpty ? nil : candidates[random.below(candidates.count)]
  }

  private func whole(_ buffer: Int) -> Bytes {
    Bytes(buffer: buffer, start: 0, width: Self.rows * Self.pitch)
  }

  /// Ordinary host memory is nobody's business.
  private func tracked(_ bytes: Bytes) -> [Bytes] { buffers[bytes.buffer].memory == .pageable ? [] : [bytes] }

  private mutating func rectangle(in buffer: Int) -> Bytes {
    let isFlat = random.below(2) == 0
    return rectangle(
      in: buffer, width: 1 + random.below(isFlat ? 100 : Self.pitch - 1),
      rows: isFlat ? 1 : 2 + random.below(8))
  }

  private mutating func rectangle(in buffer: Int, width: Int, rows: Int) -> Bytes {
    guard rows > 1 else {
      return Bytes(buffer: buffer, start: random.below(Self.rows * Self.pitch - width + 1), width: width)
    }
    let start = random.below(Self.rows - rows + 1) * Self.pitch + random.below(Self.pitch - width + 1)
    return Bytes(buffer: buffer, start: start, width: width, rows: rows, pitch: Self.pitch)
  }
}
