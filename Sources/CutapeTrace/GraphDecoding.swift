/// Calls of capture and graphs as operations.
///
/// A function of nodes is known by its effect (what the node does) and its roles: it adds a node if it hands one out,
/// sets it in an executable graph if it takes one, and sets it in its graph otherwise.

extension CallArguments {
  /// What the call asks of capture; nil when a list that it gave is not known.
  var captureOperation: CaptureOperation? {
    switch function.effect {
    case .beginCapture:
      guard has(.dependencies) else { return .begin(stream, mode: signed(.mode)) }
      return list(.dependencies).map {
        .begin(stream, mode: signed(.mode), graph: word(.graph), dependencies: Array($0))
      }
    case .endCapture: return .end(stream, graph: result(.outGraph))
    case .exchangeCaptureMode: return .exchangeMode(signed(.mode))
    case .captureStatus:
      guard let status = result(.outMode), CaptureStatus(function.effect, status) == .active else {
        return .status(stream)
      }
      let graph = result(.outGraph).flatMap { $0 == 0 ? nil : $0 }
      return .status(stream, graph: graph, dependencies: list(.items).map(Array.init) ?? [])
    case .updateCaptureDependencies:
      return list(.dependencies).map {
        .updateDependencies(stream, Array($0), replaces: word(.flags) & setDependencies != 0)
      }
    default: return nil
    }
  }

  /// What the call asks of a graph; nil when it asks nothing.
  var graphOperation: GraphOperation? {
    switch function.effect {
    case .createGraph: .create(handle: result(.outGraph))
    case .cloneGraph: .clone(word(.graph), handle: result(.outGraph))
    case .destroyGraph: .destroy(word(.graph))
    case .removeNode: .removeNode(word(.graphNode))
    case .addEdges: edges.map { .addEdges($0, graph: word(.graph)) } ?? unseenChange
    case .removeEdges: edges.map { .removeEdges($0, graph: word(.graph)) } ?? unseenChange
    case .listNodes: .nodes(of: word(.graph), areRoots: false, handles: handedOut, counts: hasCount)
    case .listRootNodes: .nodes(of: word(.graph), areRoots: true, handles: handedOut, counts: hasCount)
    case .findNodeInClone:
      .nodeInClone(word(.graphNode), clone: word(.graph), handle: result(.outGraphNode))
    case .getChildGraph: .childGraph(of: word(.graphNode), handle: result(.outGraph))
    case .instantiateGraph:
      .instantiate(word(.graph), flags: word(.flags), handle: result(.outGraphExec))
    case .updateExec: .update(exec: word(.graphExec), from: word(.graph))
    case .enableNode:
      .setEnabled(exec: word(.graphExec), node: word(.graphNode), unsigned(.value) != 0)
    case .uploadGraph: .upload(exec: word(.graphExec), stream)
    case .launchGraph: .launch(exec: word(.graphExec), stream)
    case .destroyExec: .destroyExec(word(.graphExec))
    default: nodeOperation
    }
  }

  private var nodeOperation: GraphOperation {
    guard has(.outGraphNode) else {
      return has(.graphExec)
        ? .setExecNode(exec: word(.graphExec), node: word(.graphNode), node)
        : .setNode(word(.graphNode), node)
    }
    let dependencies = has(.dependencies) ? list(.dependencies).map(Array.init) : []
    // A node of which it is not known what it comes after is as good as one that is not modelled.
    return .addNode(
      dependencies == nil ? .unsupported : node, graph: word(.graph), dependencies: dependencies ?? [],
      handle: result(.outGraphNode))
  }

  /// What the node does.
  private var node: NodeAction {
    switch function.effect {
    case .emptyNode: return .empty
    case .copyNode:
      var copy = copy()
      copy.isAsync = true
      return .copy(copy)
    case .fillNode:
      var fill = fill()
      fill.isAsync = true
      return .fill(fill)
    case .launchNode: return .launch(launch)
    case .hostNode: return .hostFunction(callback: word(.callback), userData: word(.userData))
    case .childNode: return .childGraph(lastWord(.graph))
    case .recordNode: return .recordEvent(word(.event))
    case .waitNode: return .waitEvent(word(.event))
    case .allocateNode: return .allocate(allocation(.async))
    case .freeNode: return .free(word(.pointer))
    case .anyNode:
      guard let (event, function) = typedNode else { return .unsupported }
      return CallArguments(event: event, function: function).node
    default: return .unsupported
    }
  }

  /// A node of any type as the call that describes a node of its type alone: its words, then its items.
  var typedNode: (Event, Function)? {
    guard let type = NodeType(rawValue: signed(.nodeType))?.function(isDriver: function.isDriver),
      let words = list(.nodeWords), words.count == type.fields.count - 1
    else { return nil }
    var typed = event
    typed.arguments = Arguments(words)
    typed.arguments.append(word(.items))
    typed.tail = list(.items).map(Array.init) ?? []
    return (typed, type)
  }

  /// A graph with edges that are not known is as good as one with a node that is not modelled.
  private var unseenChange: GraphOperation {
    .addNode(.unsupported, graph: word(.graph), dependencies: [], handle: nil)
  }

  private var edges: [GraphEdge]? {
    items?.map { GraphEdge(from: $0[$0.startIndex], to: $0[$0.startIndex + 1]) }
  }

  /// Whether the call has a place for the number of nodes. The word is that number once the call has succeeded.
  private var hasCount: Bool { result(.outValue) != nil || !has(.outValue) || word(.outValue) != 0 }

  /// The nodes that the call handed out; none when it failed or there was no room to write them down.
  private var handedOut: [Address] {
    guard event.result == 0, !event.isInFlight else { return [] }
    return list(.items).map(Array.init) ?? []
  }
}

extension Event {
  /// A call that describes a node of any type as the call of a function of its type alone; nil for other calls, and
  /// when the type is not modelled.
  package func typedNode(of function: Function) -> (Event, Function)? {
    function.effect == .anyNode ? CallArguments(event: self, function: function).typedNode : nil
  }
}

/// `cudaStreamSetCaptureDependencies`
private let setDependencies: UInt64 = 1
