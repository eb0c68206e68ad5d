import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// What is alive when the trace ends, by call site.
///
/// Much of it is meant to live as long as the program, and costs nothing: hidden unless asked for. A site *grows* when at
/// least sixteen of its allocations live, none was ever freed, a download came between any two of them (so the program
/// was at work, not setting up), and none was used after the next was made (so they are no cache). A kernel whose pointer
/// arguments are not known may use them all. Growth is a warning.
struct Leak: Rule {
  static let page = RulePage(
    code: "CT209", name: "leak", severity: .info,
    summary: "memory, a stream, an event or a graph is alive at the end",
    what: """
      It was made at this call site and not freed or destroyed before the recording ended. A warning when a site makes \
      memory for each step of the program and never frees any.
      """,
    why: "A program that lives long runs out of memory.",
    example: """
      d1 = cudaMalloc(64)
      """,
    instead: """
      d1 = cudaMalloc(64)
      cudaFree(d1)
      """,
    reference: "CUDA Runtime API, cudaMalloc, cudaFree", since: "0.1")
  static let facts: Facts = [.allocations, .releases, .handles, .movements, .launches, .synchronizations]

  /// Where something was made.
  private struct Site: Hashable {
    var function: UInt16
    var site: Int
    /// The number of the call where the site is not known.
    var call: Int

    init(_ event: Event) {
      function = event.function
      site = event.site
      call = event.site == 0 ? event.number : 0
    }
  }

  fileprivate enum Noun: String {
    case allocation, stream, event, graph
    case graphExec = "executable graph"
  }

  private struct Group {
    var first: Finding.Call
    var alive = 0
    var freed = 0
    var bytes: UInt64 = 0
    var noun: Noun
    /// The newest object, and how many downloads there were when it was made.
    var newest = 0
    var downloads = 0
    /// How many were made after a download that followed the one before.
    var steps = 0
    var isReused = false
  }

  private static let least = 16
  private var groups: [Group] = []
  private var indexes: [Site: Int] = [:]
  /// The groups of live objects, and those of live streams and events by handle.
  private var objects: [Int: Int] = [:]
  private var streams: [Address: Int] = [:]
  private var events: [Address: Int] = [:]
  private var graphs: [Address: Int] = [:]
  private var execs: [Address: Int] = [:]
  private var downloads = 0
  /// Whether some site has more than one live object: only then it matters what is used.
  private var isWatching = false

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.step.succeeded else { return }
    switch replay.step.operation {
    case .allocate, .allocateArray:
      if let object = replay.allocated { add(object, replay) }
    case .free:
      guard let object = replay.step.released, let index = objects.removeValue(forKey: object.id) else {
        return
      }
      groups[index].alive -= 1
      groups[index].freed += 1
      groups[index].bytes -= object.byteCount
    case .createStream(let handle, _, _): if let handle { streams[handle] = open(.stream, replay) }
    case .createEvent(let handle, _): if let handle { events[handle] = open(.event, replay) }
    case .destroyStream(.created(let handle)): close(streams.removeValue(forKey: handle))
    case .destroyEvent(let handle): close(events.removeValue(forKey: handle))
    case .capture(.end(_, let handle)), .graph(.create(let handle)), .graph(.clone(_, let handle)):
      if let handle, graphs[handle] == nil { graphs[handle] = open(.graph, replay) }
    case .graph(.destroy(let handle)): close(graphs.removeValue(forKey: handle))
    case .graph(.instantiate(_, _, let handle)): if let handle { execs[handle] = open(.graphExec, replay) }
    case .graph(.destroyExec(let handle)): close(execs.removeValue(forKey: handle))
    case .graph(.launch): followLaunch(replay)
    case .copy, .copyBatch, .fill: follow(replay)
    case .launch(let launch):
      guard isWatching else { return }
      if launch.pointers == nil { useAll() }
      for pointer in replay.step.pointers { if let object = pointer.object { use(object.id) } }
    case .resetDevice: forget(replay)
    default: break
    }
  }

  private mutating func open(_ noun: Noun, _ replay: Replay) -> Int {
    let site = Site(replay.step.event)
    let index = indexes[site] ?? groups.count
    if index == groups.count {
      indexes[site] = index
      groups.append(Group(first: replay.call, noun: noun))
    }
    groups[index].alive += 1
    return index
  }

  private mutating func close(_ index: Int?) {
    guard let index else { return }
    groups[index].alive -= 1
    groups[index].freed += 1
  }

  private mutating func add(_ object: MemoryObject, _ replay: Replay) {
    let index = open(.allocation, replay)
    objects[object.id] = index
    groups[index].bytes &+= object.byteCount
    if groups[index].newest != 0 {
      if downloads > groups[index].downloads { groups[index].steps += 1 }
      isWatching = true
    }
    groups[index].newest = object.id
    groups[index].downloads = downloads
  }

  private mutating func follow(_ replay: Replay) {
    for movement in replay.step.movements { follow(movement) }
  }

  private mutating func follow(_ movement: Movement) {
    if movement.destination.memory.isHost, movement.source?.memory == .device { downloads += 1 }
    guard isWatching else { return }
    for (_, side) in movement.sides { if let object = side.object { use(object.id) } }
  }

  private mutating func followLaunch(_ replay: Replay) {
    if !replay.step.knowsLaunched { useAll() }
    for node in replay.step.launched {
      if let movement = node.movement { follow(movement) }
      guard isWatching, case .launch(let launch) = node.operation.node?.action else { continue }
      if launch.pointers == nil { useAll() }
      for pointer in node.pointers { if let object = pointer.object { use(object.id) } }
    }
  }

  /// What is not known may have used everything.
  private mutating func useAll() {
    guard isWatching else { return }
    for index in groups.indices { groups[index].isReused = true }
    isWatching = false
  }

  /// An older object of its site is used: the site does not merely grow.
  private mutating func use(_ object: Int) {
    guard let index = objects[object], groups[index].newest != object else { return }
    groups[index].isReused = true
  }

  /// A reset takes what was on the device.
  private mutating func forget(_ replay: Replay) {
    for (id, index) in objects where replay.emulator.space.object(id)?.isAlive != true {
      objects[id] = nil
      groups[index].alive -= 1
      groups[index].freed += 1
    }
    for index in streams.values { close(index) }
    for index in events.values { close(index) }
    for index in graphs.values { close(index) }
    for index in execs.values { close(index) }
    streams = [:]
    events = [:]
    graphs = [:]
    execs = [:]
  }

  mutating func finish(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.completeness.isGapless, replay.completeness.isToEnd else { return }
    for group in groups where group.alive > 0 {
      let grows =
        group.noun == .allocation && !group.isReused && group.freed == 0 && group.alive >= Self.least
        && group.steps >= Self.least - 1 && group.steps == group.alive - 1
      var finding = Finding(
        Self.self, grows ? .warning : .info,
        grows
          ? .grows(group.alive, group.bytes) : .alive(group.alive, group.noun, group.bytes),
        call: group.first, help: .release)
      finding.count = group.alive
      reporter.report(finding)
    }
  }
}

extension Message {
  fileprivate static func alive(_ count: Int, _ noun: Leak.Noun, _ bytes: UInt64) -> Message {
    let amount = noun == .allocation ? " of \(size(bytes))" : ""
    let what = "\(count) \(noun.rawValue)\(count == 1 ? "" : "s")\(amount)"
    return "\(what) made here \(count == 1 ? "is" : "are") alive at the end"
  }

  fileprivate static func grows(_ count: Int, _ bytes: UInt64) -> Message {
    "each step allocates here and frees nothing: \(count) allocations, \(size(bytes)) at the end"
  }

  fileprivate static let release: Message = "free or destroy it when it is used no more"
}
