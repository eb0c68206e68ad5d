import CutapeBridge
import CutapeEmulator
import CutapeTrace
import CutapeWire
import Glibc

/// The emulator as the CUDA runtime of a process: one instance, one lock, the live backing.
///
/// A call arrives as the words that a recording of it would have and is decoded by the same `Operation` that a
/// replay uses; that is what makes the live run and the replay of its trace agree.
final class Runtime {
  // Every use holds the lock of the bridge; see `locked`.
  nonisolated(unsafe) static let shared = Runtime()

  let backing: LiveBacking
  let emulator: Emulator
  private var number = 0
  private var hasWatcher = false
  private var hasSaidThatKernelsDoNotRun = false
  /// What was handed out of each stream's capture, by the stream's id.
  private var dependencies: [Int: UnsafeMutableBufferPointer<UInt64>] = [:]

  private init() {
    let devices =
      Self.setting("CUTAPE_DEVICES").flatMap(Int32.init).flatMap { (1...64).contains($0) ? $0 : nil } ?? 2
    let launchesBlock = !["", "0"].contains(Self.setting("CUDA_LAUNCH_BLOCKING") ?? "")
    backing = LiveBacking(deviceCount: devices)
    emulator = Emulator(backing: backing, deviceCount: devices, launchesBlock: launchesBlock)
    backing.hostCaller = { function, userData in
      cut_unlock()
      cut_runHostFunction(function, userData)
      cut_lock()
      cut_hostFunctionReturned()
    }
    backing.hostWaiter = { cut_waitForHostFunction() }
  }

  /// A variable of the program's environment; nil when it is not set.
  private static func setting(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// Runs `body` under the lock.
  static func locked<Result>(_ body: (Runtime) -> Result) -> Result {
    cut_lock()
    defer { cut_unlock() }
    return body(shared)
  }

  /// The calling thread, with a new call number.
  func caller(isDriver: Bool = false) -> Caller {
    number += 1
    return Caller(thread: Int(cut_threadNumber()), isDriver: isDriver, number: number)
  }

  /// Performs a call and stores its results where the program wants them.
  func perform(_ call: CUTCall, _ function: Function, _ arguments: Arguments, tail: [UInt64]) -> Int32 {
    // In flight: the words of the result roles are where results go, not results.
    let event = Event(
      number: number + 1, function: call.function, variant: Variant(rawValue: call.variant) ?? .plain,
      major: call.major, duration: nil, arguments: arguments, tail: tail)
    let operation = Operation(event, functions: ApiTable.functions)
    if function.effect == .launch { sayThatKernelsDoNotRun() }
    let outcome = emulator.perform(operation, by: caller(isDriver: function.isDriver))
    if emulator.hasPendingHostFunction { watchHostFunctions() }
    var values = outcome.values[...]
    Self.store(&values, function, arguments)
    if let (node, type) = event.typedNode(of: function) { Self.store(&values, type, node.arguments) }
    return outcome.result
  }

  private func sayThatKernelsDoNotRun() {
    guard !hasSaidThatKernelsDoNotRun else { return }
    hasSaidThatKernelsDoNotRun = true
    cut_say("emulated device: kernels are accepted and not run")
  }

  private static func store(
    _ values: inout ArraySlice<UInt64>, _ function: Function, _ arguments: Arguments
  ) {
    for (index, field) in function.fields.enumerated() where field.role.isStored {
      guard let value = values.popFirst() else { break }
      guard let target = UnsafeMutableRawPointer(bitPattern: UInt(arguments[index])) else { continue }
      if function.effect == .elapsedTime || field.role == .outMode {
        target.storeBytes(of: UInt32(truncatingIfNeeded: value), as: UInt32.self)
      } else {
        target.storeBytes(of: value, as: UInt64.self)
      }
    }
  }

  /// Keeps the nodes that the next call of a capturing stream comes after where the program can read them, in place
  /// of those that were kept before.
  func keepDependencies(_ nodes: [UInt64], ofStream id: Int) -> UnsafeMutableBufferPointer<UInt64> {
    dependencies[id]?.deallocate()
    let kept = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: nodes.count)
    _ = kept.initialize(from: nodes)
    dependencies[id] = kept
    return kept
  }

  // MARK: Host functions that nothing forces

  /// How long the program must have made no call before host functions are called without being forced.
  private static let idleMilliseconds: UInt32 = 20

  /// A program may wait for a host function by its own means, without a CUDA call: when it makes none for a while,
  /// a thread calls what waits.
  private func watchHostFunctions() {
    guard !hasWatcher else { return }
    hasWatcher = true
    cut_startThread {
      var seen = 0
      while true {
        cut_sleepMilliseconds(Runtime.idleMilliseconds)
        let isDone = Runtime.locked { runtime in
          if runtime.number == seen { runtime.emulator.runHostFunctions() }
          seen = runtime.number
          runtime.hasWatcher = runtime.emulator.hasPendingHostFunction
          return !runtime.hasWatcher
        }
        if isDone { return }
      }
    }
  }
}

extension Role {
  /// Whether the word is an address at which the runtime stores a result.
  var isStored: Bool {
    switch self {
    case .outPointer, .outPitch, .outStream, .outEvent, .outArray, .outGraph, .outGraphExec, .outGraphNode,
      .outPool, .outKernel, .outContext, .outValue, .outMode:
      true
    default:
      false
    }
  }
}
