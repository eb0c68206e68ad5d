package import CutapeTrace

/// The CUDA runtime without a device: it keeps memory, streams and events as the documentation says, answers each
/// call with the code that the runtime gives, and runs queued work when something forces it.
///
/// It behaves as the profile ``Profile/observed`` says: pageable uploads are staged at the call, downloads to
/// pageable memory and copies between host buffers complete before the call returns, `cudaFree` waits for the
/// device. Everything else is lazy: a copy happens when a synchronisation (or what implies one) needs it, so a
/// program that forgets one computes the wrong bytes. There is no clock and no randomness.
///
/// Three steps make a call: ``result(of:by:)`` judges and changes nothing, ``apply(_:by:)`` changes state on the
/// assumption that the call succeeds, ``finish(_:result:by:)`` keeps the thread's last error. A live run does all
/// three (``perform(_:by:)``); a replay does what the record says (``follow(_:recorded:by:)``).
///
/// Not thread-safe: the owner holds one lock around it. Only ``Backing/callHost(function:userData:)`` may let
/// others in.
package final class Emulator {
  /// The largest pitch that a copy or a memset may have (`cudaDevAttrMaxPitch`).
  package static let maxPitch: UInt64 = 0x7fff_ffff
  /// What device memory is handed out in, in bytes, at the least.
  static let granule: UInt64 = 512
  /// How much work may wait. A program that queues more waits for its stream, as it does on hardware, though there
  /// the limit is lower.
  static let pendingLimit = 1 << 20

  package let deviceCount: Int32
  /// `CUDA_LAUNCH_BLOCKING`: every launch waits for its kernel.
  package let launchesBlock: Bool
  package let space = AddressSpace()
  let backing: any Backing
  var workGraph = WorkGraph()
  var streamTable = HandleTable<StreamState>()
  var lanes: [Lane] = []
  var eventTable = HandleTable<EventState>()
  var graphBook = GraphBook()
  /// Whether the newest call was captured: it submitted nothing. Not every captured call adds a node.
  package internal(set) var isCaptured = false
  /// The node that the newest call added to a graph by being captured; the last of those of a batch.
  package internal(set) var capturedNode: GraphNode?
  var virtualMemory = VirtualMemory()
  var poolTable = HandleTable<PoolState>()
  /// The default pools that were used, and the pools that the program put in their place.
  var defaultPools: [PoolCall.Place: Int] = [:]
  var currentPools: [PoolCall.Place: Int] = [:]
  var threads: [Int: ThreadState] = [:]
  var devices: [DeviceState]
  /// Whether the driver is: by `cuInit`, or by a call of the runtime.
  var isInitialized = false
  /// The driver's contexts, by handle; the primary ones by device as well, with how often each is retained.
  var contexts: [Address: Context] = [:]
  var primaryContexts: [Int32: Context] = [:]
  var primaryUses: [Int32: Int] = [:]
  /// Whether a call of the runtime has made a context current, by thread.
  var runtimeThreads: [Bool] = []
  var variables: [Address: Variable] = [:]
  /// The sides of the copy that was resolved last: a call is judged, looked at and applied in turn.
  var resolved: ResolvedCopy?
  /// Kernel names by host stub, and host stubs by kernel handle.
  var kernels: [Address: String] = [:]
  var kernelStubs: [Address: Address] = [:]
  /// Up to where queries have asked about each stream: see ``query(_:)``.
  var polled: [Int: Int] = [:]
  /// Host functions that were queued, newest last; those that ran leave when the list grows.
  var hostCalls: [WorkReference] = []
  var createdStreams = 0
  var createdPools = 0
  var lastEvent = 0

  struct ThreadState {
    var device: Int32 = 0
    /// The contexts of the driver, the current one last.
    var contexts: [Context] = []
    var lastError: Int32 = 0
    /// `cudaStreamCaptureMode`, as `cudaThreadExchangeStreamCaptureMode` sets it.
    var captureMode: Int32 = 0
  }

  /// What order needs to know of a stream, by id - 1, apart from what messages need.
  struct Lane {
    var device: Int
    var isLegacy: Bool
    var isNonBlocking: Bool
    /// Whether it stands in its device's `active`.
    var isActive = false
  }

  struct DeviceState {
    var legacy: Int?
    var perThread: [Int: Int] = [:]
    /// The streams of the device, by id; destroyed ones leave when their work is done.
    var streams: [Int] = []
    /// Whether some of them are destroyed and had work left.
    var hasDestroyed = false
    /// The blocking streams that were given work since the last action in the legacy stream.
    var active: [Int] = []
    /// The devices whose memory kernels of this one may reach.
    var peers: Set<Int32> = []
  }

  /// A device variable as it was registered.
  struct Variable {
    var size: UInt64
    var name: String
    var registeredBy: Int
  }

  package init(
    backing: any Backing = RecordedBacking(), deviceCount: Int32 = 2, launchesBlock: Bool = false
  ) {
    self.backing = backing
    self.launchesBlock = launchesBlock
    self.deviceCount = max(deviceCount, 1)
    devices = Array(repeating: DeviceState(), count: Int(self.deviceCount))
  }

  /// Makes a call: judges it, and changes state when it succeeds.
  package func perform(_ operation: Operation, by caller: Caller) -> Outcome {
    var outcome = Outcome(result: result(of: operation, by: caller))
    if outcome.result == ErrorCode.success {
      outcome = apply(operation, by: caller)
    } else if case .capture(.end) = operation {
      // A capture that fails gives a null graph.
      outcome.values = [0]
    }
    finish(operation, result: outcome.result, by: caller)
    return outcome
  }

  /// Follows a recorded call: gives the code that the call would have given here, and does what the record says.
  ///
  /// A call that the record says succeeded takes effect even where the emulator would have refused it.
  @discardableResult
  package func follow(_ operation: Operation, recorded: Int32, by caller: Caller) -> Int32 {
    let judged = result(of: operation, by: caller)
    if recorded == ErrorCode.success { _ = apply(operation, by: caller) }
    finish(operation, result: recorded, by: caller)
    return judged
  }

  /// Keeps what a call leaves behind whether or not it succeeded: the last error of its thread, what a query has
  /// asked, and what became of captures.
  package func finish(_ operation: Operation, result: Int32, by caller: Caller) {
    if result != ErrorCode.success { noteFailure(of: operation, result: result, by: caller) }
    if !caller.isDriver { noteRuntime(operation, by: caller) }
    switch operation {
    case .takeLastError:
      threads[caller.thread, default: ThreadState()].lastError = ErrorCode.success
    case .peekLastError, .describeError:
      break
    case .queryStream(let stream) where result == ErrorCode.notReady:
      notePoll(goals(of: stream, by: caller))
    case .queryEvent(let event) where result == ErrorCode.notReady:
      notePoll(eventTable.newest(event)?.record.map { [$0.work] } ?? [])
    default:
      if result != ErrorCode.success, result != ErrorCode.notReady, !caller.isDriver {
        threads[caller.thread, default: ThreadState()].lastError = result
      }
    }
  }

  /// The device that is current for the caller's thread.
  package func currentDevice(of caller: Caller) -> Int32 { threads[caller.thread]?.device ?? 0 }

  /// The last error of the caller's thread.
  package func lastError(of caller: Caller) -> Int32 { threads[caller.thread]?.lastError ?? 0 }

  /// Whether `device` has enabled access to the memory of `peer`.
  package func hasPeerAccess(_ device: Int32, to peer: Int32) -> Bool {
    devices.indices.contains(Int(device)) && devices[Int(device)].peers.contains(peer)
  }

  /// The mangled name of a kernel by its host stub or its handle; nil when it was not registered.
  package func kernelName(_ kernel: Address) -> String? { kernels[kernelStubs[kernel] ?? kernel] }

  /// Whether a device variable has its host shadow at `shadow`.
  package func isVariable(_ shadow: Address) -> Bool { variables[shadow] != nil }

  /// How many bytes the variable with its host shadow at `shadow` has; nil when it was not registered.
  package func variableSize(_ shadow: Address) -> UInt64? { variables[shadow]?.size }
}
