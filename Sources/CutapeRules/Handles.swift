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
      .registerBinary, .registerKernel, .registerVariable, .registerManaged, .getKernel, .symbolAddress,
      .callConfiguration, .createStream, .createEvent,
      .destroyEvent, .synchronizeEvent, .queryEvent, .elapsedTime, .setDevice, .context, .synchronizeDevice,
      .resetDevice, .enablePeer, .disablePeer, .takeLastError, .peekLastError, .describeError, .host,
      .neutral,
      .unsupported, .capture, .graph:
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
      .interprocess, .copy, .copyBatch, .fill, .registerBinary, .registerKernel, .registerVariable,
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
