import CutapeEmulator
package import CutapeTrace

// An executable graph as its launches run it.
//
// Child graphs are spelled out in place. The nodes are split into *chains*: a node continues a chain if it is after
// the chain's last node, so a captured stream is one chain and a graph has about as many chains as nodes that run at
// the same time. A chain is one timeline (see Timelines.swift), the same at every launch, since launches of one
// executable graph follow each other. So clocks grow with the width of graphs, not with their nodes.

/// A node of an executable graph, and how messages speak of it. It never changes.
package final class PlannedNode: Sendable {
  package let action: NodeAction
  /// `node 3 of g1`; `node 3.2 of g1` is node 2 of the child graph that node 3 embeds.
  package let name: String
  /// The call that was captured, or that added the node; nil when it was not seen.
  package let origin: Origin?
  /// The device that was current for that call.
  package let device: Int32
  package let isEnabled: Bool
  /// The id of the node in the emulator.
  let id: Int

  init(action: NodeAction, name: String, origin: Origin?, device: Int32, isEnabled: Bool, id: Int) {
    self.action = action
    self.name = name
    self.origin = origin
    self.device = device
    self.isEnabled = isEnabled
    self.id = id
  }

  /// Where a node came from.
  package struct Origin: Sendable {
    package var event: Event
    /// The name of the stream that captured the call; nil for a node that was added by hand.
    package var stream: String?
  }
}

/// The nodes of an executable graph in an order in which they may run.
struct GraphPlan: Sendable {
  struct Entry: Sendable {
    /// Nil where child graphs begin and end: a point that nodes wait for.
    var node: PlannedNode?
    /// The chain that it continues.
    var chain = 0
    /// The entries that it comes directly after, without the one before it in its chain.
    var joins: [Int] = []
    /// Whether nothing comes before it.
    var isRoot = false
    /// Whether an entry of another chain comes directly after it.
    var isJoined = false
  }

  private(set) var entries: [Entry] = []
  private(set) var chains = 0

  /// The plan of `nodes`; `origin` says which call a node came from, by the call's number.
  init(_ nodes: [GraphNode], of graph: String, origin: @escaping (Int) -> PlannedNode.Origin?) {
    var flattening = Flattening(graph: graph, origin: origin)
    _ = flattening.add(nodes, path: "", after: [])
    assignChains(flattening.order())
  }

  private mutating func assignChains(_ order: [(node: PlannedNode?, dependencies: [Int])]) {
    var chainOf: [Int] = []
    /// Of each chain its entries so far, and the last of them.
    var lengths: [Int] = []
    var tails: [Int] = []
    /// For each entry, up to which entry of each chain it comes after.
    var known: [[Int: Int]] = []
    for (index, item) in order.enumerated() {
      var mine: [Int: Int] = [:]
      for dependency in item.dependencies {
        mine.merge(known[dependency]) { max($0, $1) }
      }
      let direct = item.dependencies.filter { tails[chainOf[$0]] == $0 }.map { chainOf[$0] }.min()
      let chain: Int
      if let found = direct ?? mine.filter({ lengths[$0.key] == $0.value }).keys.min() {
        chain = found
      } else {
        chain = lengths.count
        lengths.append(0)
        tails.append(index)
      }
      lengths[chain] += 1
      tails[chain] = index
      mine[chain] = lengths[chain]
      chainOf.append(chain)
      known.append(mine)
      var entry = Entry(node: item.node, chain: chain, isRoot: item.dependencies.isEmpty)
      entry.joins = item.dependencies.filter { chainOf[$0] != chain }
      for join in entry.joins { entries[join].isJoined = true }
      entries.append(entry)
    }
    chains = lengths.count
  }
}

/// Spells out child graphs.
private struct Flattening {
  var graph: String
  var origin: (Int) -> PlannedNode.Origin?
  private(set) var entries: [(node: PlannedNode?, dependencies: [Int])] = []

  init(graph: String, origin: @escaping (Int) -> PlannedNode.Origin?) {
    self.graph = graph
    self.origin = origin
  }

  /// Adds `nodes`, of which those without a dependency come after `first`; gives those that none of them follows.
  mutating func add(_ nodes: [GraphNode], path: String, after first: [Int]) -> [Int] {
    var ends: [Int: Int] = [:]
    var followed: Set<Int> = []
    // Entries are numbered first, so that the order of the nodes does not matter.
    for (index, node) in nodes.enumerated() {
      let planned = PlannedNode(
        action: node.action, name: "node \(path)\(index + 1) of \(graph)", origin: origin(node.addedBy),
        device: node.device, isEnabled: node.isEnabled, id: node.id)
      entries.append((planned, []))
      ends[node.id] = entries.count - 1
    }
    let base = entries.count - nodes.count
    for (index, node) in nodes.enumerated() where node.isEnabled && !node.child.isEmpty {
      let sinks = add(node.child, path: "\(path)\(index + 1).", after: [base + index])
      entries.append((nil, sinks))
      ends[node.id] = entries.count - 1
    }
    for (index, node) in nodes.enumerated() {
      let before = node.dependencies.compactMap { ends[$0] }
      entries[base + index].dependencies = before.isEmpty ? first : before
      followed.formUnion(before)
    }
    return nodes.compactMap { ends[$0.id] }.filter { !followed.contains($0) }
  }

  /// The entries, each behind those that it depends on. What stands in a circle, which no graph has, is left out.
  func order() -> [(node: PlannedNode?, dependencies: [Int])] {
    var followers = [[Int]](repeating: [], count: entries.count)
    var waiting = entries.map { Set($0.dependencies).count }
    for (index, entry) in entries.enumerated() {
      for dependency in Set(entry.dependencies) { followers[dependency].append(index) }
    }
    var ready = entries.indices.filter { waiting[$0] == 0 }
    var places: [Int: Int] = [:]
    var result: [(node: PlannedNode?, dependencies: [Int])] = []
    var next = 0
    while next < ready.count {
      let index = ready[next]
      next += 1
      places[index] = result.count
      let dependencies = Set(entries[index].dependencies).compactMap { places[$0] }.sorted()
      result.append((entries[index].node, dependencies))
      for follower in followers[index] {
        waiting[follower] -= 1
        if waiting[follower] == 0 { ready.append(follower) }
      }
    }
    return result
  }
}
