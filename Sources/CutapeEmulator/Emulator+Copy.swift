package import CutapeTrace

// Copies and memsets: semantics of the reference 2.1, 2.8 to 2.11 and 2.13.

extension Emulator {
  /// How far `copy` is when it returns, under `profile`; nil when one of its sides names no bytes.
  package func synchronization(of copy: Copy, profile: Profile, by caller: Caller) -> HostSynchronization? {
    let (destination, source) = operands(of: copy, by: caller)
    guard let destination = destination.footprint, let source = source.footprint else { return nil }
    return synchronization(of: copy, to: destination.memory, from: source.memory, profile: profile)
  }

  private func synchronization(
    of copy: Copy, to destination: MemoryClass, from source: MemoryClass, profile: Profile
  ) -> HostSynchronization {
    copy.peers != nil && !destination.isHost && !source.isHost
      ? .peerCopy
      : .copy(to: destination, from: source, isAsync: copy.isAsync, profile: profile)
  }

  // MARK: Judging

  func judge(_ copy: Copy, by caller: Caller) -> Int32 {
    if let kind = copy.kind, !(0...4).contains(kind) { return ErrorCode.invalidMemcpyDirection }
    if let kind = copy.kind, !copy.allowsSymbols(with: kind) { return ErrorCode.invalidMemcpyDirection }
    if let peers = copy.peers, !isDevice(peers.destination) || !isDevice(peers.source) {
      return ErrorCode.invalidDevice
    }
    let streamError = judge(copy.stream)
    guard streamError == ErrorCode.success else { return streamError }
    guard isKnown(copy.destination), isKnown(copy.source) else { return ErrorCode.invalidSymbol }
    guard !copy.extent.isEmpty else { return ErrorCode.success }
    let (destination, source) = operands(of: copy, by: caller)
    return firstError([destination.error, source.error])
  }

  /// Whether `place` is no symbol, or one that was registered.
  private func isKnown(_ place: Copy.Place) -> Bool {
    if case .symbol(let shadow, _) = place { variables[shadow] != nil } else { true }
  }

  func judge(_ copies: [Copy], stream: StreamReference, by caller: Caller) -> Int32 {
    let streamError = judge(stream)
    guard streamError == ErrorCode.success else { return streamError }
    guard !copies.isEmpty, stream != .legacy else { return ErrorCode.invalidValue }
    for copy in copies {
      let isOrdered = copy.sourceAccessOrder.map { (1...3).contains($0) } ?? true
      guard isOrdered, copy.extent.dimensions < 3 || !copy.extent.isEmpty else {
        return ErrorCode.invalidValue
      }
      let error = judge(copy, by: caller)
      // A batch has no code of its own for rows that are too short.
      if error != ErrorCode.success {
        return error == ErrorCode.invalidPitchValue ? ErrorCode.invalidValue : error
      }
    }
    return ErrorCode.success
  }

  func judge(_ fill: Fill, by caller: Caller) -> Int32 {
    let streamError = judge(fill.stream)
    guard streamError == ErrorCode.success else { return streamError }
    guard !fill.extent.isEmpty else { return ErrorCode.success }
    // A memset has no code of its own for a bad pitch.
    let error = operand(of: fill.withoutUnusedPitch, by: caller).error
    return error == ErrorCode.invalidPitchValue ? ErrorCode.invalidValue : error
  }

  // MARK: Taking effect

  func apply(_ copy: Copy, by caller: Caller) {
    guard !copy.extent.isEmpty else { return }
    let (destination, source) = operands(of: copy, by: caller)
    guard let destination = destination.footprint, let source = source.footprint else {
      submit(to: copy.stream, by: caller, .none)
      return
    }
    let synchronization = synchronization(
      of: copy, to: destination.memory, from: source.memory, profile: .observed)
    let body = transfer(
      to: destination, from: .footprint(source), isStaged: synchronization.completion == .sourceRead)
    let action = body.map(Action.run) ?? .none
    let urgency: Urgency = synchronization.completion == .complete ? .now : .lazy
    if copy.peers != nil, !copy.isAsync {
      let work = submitPeer(copy, action, by: caller)
      if urgency == .now { complete([work]) }
    } else {
      submit(to: copy.stream, by: caller, urgency: urgency, action)
    }
  }

  /// A batch is one piece of work: it executes in stream order as a whole.
  func apply(_ copies: [Copy], stream: StreamReference, by caller: Caller) {
    var bodies: [() -> Void] = []
    for copy in copies where !copy.extent.isEmpty {
      let (destination, source) = operands(of: copy, by: caller)
      guard let destination = destination.footprint, let source = source.footprint else { continue }
      let isStaged = source.memory == .pageable || copy.sourceAccessOrder == Copy.duringApiCall
      if let body = transfer(to: destination, from: .footprint(source), isStaged: isStaged) {
        bodies.append(body)
      }
    }
    let action: Action = bodies.isEmpty ? .none : .run { [bodies] in for body in bodies { body() } }
    submit(to: stream, by: caller, action)
  }

  func apply(_ fill: Fill, by caller: Caller) {
    guard !fill.extent.isEmpty else { return }
    guard let destination = operand(of: fill.withoutUnusedPitch, by: caller).footprint else {
      submit(to: fill.stream, by: caller, .none)
      return
    }
    let body = transfer(
      to: destination, from: .value(fill.value, elementSize: fill.elementSize), isStaged: false)
    let action = body.map(Action.run) ?? .none
    let synchronization = HostSynchronization.fill(destination.memory, isAsync: fill.isAsync)
    submit(
      to: fill.stream, by: caller, urgency: synchronization.completion == .complete ? .now : .lazy, action)
  }

  /// `cudaMemcpyPeer` is serialised with all work of the current, the source and the destination device, before
  /// and after it.
  private func submitPeer(_ copy: Copy, _ action: Action, by caller: Caller) -> WorkReference {
    var involved: Set<Int32> = [currentDevice(of: caller)]
    if let peers = copy.peers { involved.formUnion([peers.destination, peers.source]) }
    let earlier = involved.flatMap(goals(ofDevice:))
    let work = submit(to: copy.stream, by: caller, after: earlier, action)
    for device in involved.sorted() where devices.indices.contains(Int(device)) {
      for stream in devices[Int(device)].streams where stream != work.stream {
        submit(to: stream, after: [work], urgency: .marker, .none)
      }
    }
    return work
  }
}

extension Copy {
  /// Whether `kind` is one that the symbol functions take: a variable is on the device.
  fileprivate func allowsSymbols(with kind: Int32) -> Bool {
    if case .symbol = destination { return [1, 3, 4].contains(kind) }
    if case .symbol = source { return [2, 3, 4].contains(kind) }
    return true
  }
}

extension Fill {
  /// The pitch of a memset is ignored when it sets a single row, and that between slices when it sets one slice.
  var withoutUnusedPitch: Fill {
    guard extent.height == 1, extent.depth == 1,
      case .pitched(let address, _, _, let x, let y, let z) = destination, x == 0, y == 0, z == 0
    else { return self }
    var fill = self
    fill.destination = .linear(address)
    return fill
  }
}
