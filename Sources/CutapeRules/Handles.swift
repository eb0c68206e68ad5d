import CutapeTrace

// The handles that a call names.

extension Operation {
  /// The stream that the call acts in; nil for a call without one.
  var stream: StreamReference? {
    switch self {
    case .copy(let copy): copy.stream
    case .copyBatch(_, let stream): stream
    case .migrate(let migration): migration.stream
    case .fill(let fill): fill.stream
    case .launch(let launch): launch.stream
    case .allocate(let allocation): allocation.stream
    case .free(_, .async(let stream)): stream
    case .hostFunction(_, _, let stream), .destroyStream(let stream), .synchronizeStream(let stream),
      .queryStream(let stream), .streamWaitEvent(let stream, _, _), .recordEvent(_, let stream, _):
      stream
    case .capture(.begin(let stream, _, _, _)), .capture(.end(let stream, _)),
      .capture(.status(let stream, _, _)),
      .capture(.updateDependencies(let stream, _, _)), .graph(.upload(_, let stream)),
      .graph(.launch(_, let stream)):
      stream
    case .allocateArray, .free, .register, .unregister, .hostDevicePointer, .advise, .pool, .interprocess,
      .virtualMemory,
      .registerBinary, .registerKernel, .registerVariable, .registerManaged, .getKernel, .symbolAddress,
      .callConfiguration, .createStream, .createEvent,
      .destroyEvent, .synchronizeEvent, .queryEvent, .elapsedTime, .setDevice, .context, .synchronizeDevice,
      .resetDevice, .enablePeer, .disablePeer, .takeLastError, .peekLastError, .describeError, .host,
      .neutral,
      .unsupported, .capture, .graph:
      nil
    }
  }

  /// The graphs that the call names.
  var graphs: [Address] {
    guard case .graph(let operation) = self else { return [] }
    switch operation {
    case .clone(let graph, _), .destroy(let graph), .addEdges(_, let graph), .removeEdges(_, let graph),
      .nodes(let graph, _, _, _), .nodeInClone(_, let graph, _), .instantiate(let graph, _, _),
      .update(_, let graph):
      return [graph]
    case .addNode(let action, let graph, _, _):
      if case .childGraph(let child) = action { return [graph, child] }
      return [graph]
    case .setNode(_, .childGraph(let child)), .setExecNode(_, _, .childGraph(let child)): return [child]
    case .create, .setNode, .removeNode, .childGraph, .setExecNode, .setEnabled, .upload, .launch,
      .destroyExec:
      return []
    }
  }

  /// The executable graph that the call names.
  var graphExec: Address? {
    guard case .graph(let operation) = self else { return nil }
    return switch operation {
    case .update(let exec, _), .setExecNode(let exec, _, _), .setEnabled(let exec, _, _),
      .upload(let exec, _),
      .launch(let exec, _), .destroyExec(let exec):
      exec
    case .create, .clone, .destroy, .addNode, .setNode, .removeNode, .addEdges, .removeEdges, .nodes,
      .nodeInClone, .childGraph, .instantiate:
      nil
    }
  }

  /// The events that the call names.
  var events: [Address] {
    switch self {
    case .streamWaitEvent(_, let event, _), .destroyEvent(let event), .recordEvent(let event, _, _),
      .synchronizeEvent(let event), .queryEvent(let event):
      [event]
    case .elapsedTime(let start, let end): [start, end]
    case .interprocess(.shareEvent(let event)): [event]
    case .allocate, .allocateArray, .free, .register, .unregister, .hostDevicePointer, .migrate, .advise,
      .pool,
      .interprocess, .virtualMemory, .copy, .copyBatch, .fill, .registerBinary, .registerKernel,
      .registerVariable,
      .registerManaged, .getKernel, .symbolAddress,
      .callConfiguration, .launch, .hostFunction, .createStream, .destroyStream, .synchronizeStream,
      .queryStream, .createEvent, .setDevice, .context, .synchronizeDevice, .resetDevice, .enablePeer,
      .disablePeer,
      .takeLastError, .peekLastError, .describeError, .host, .neutral, .unsupported, .capture, .graph:
      []
    }
  }

  /// The memory pool that the call names.
  var pool: Address? {
    switch self {
    case .allocate(let allocation): allocation.pool
    case .pool(let call): call.pool
    default: nil
    }
  }
}
