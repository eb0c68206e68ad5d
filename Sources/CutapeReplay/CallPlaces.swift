import CutapeEmulator
import CutapeTrace

/// Which call it was, where only its number is kept: the thread and the place in the program.
package struct CallPlace: Sendable, Hashable {
  package var number: Int
  package var thread: Int
  /// The key of the call site; 0 when it is not known.
  package var site: Int
  /// The call stack, a number of ``Trace/stacks``; 0 when it was not recorded.
  package var stack: Int
  /// The id of the function.
  package var function: UInt16

  init(_ event: Event) {
    number = event.number
    thread = event.thread
    site = event.site
    stack = event.stack
    function = event.function
  }
}

/// Where memory was allocated and freed, streams and events destroyed, by the number of the call, as long as they are
/// remembered: findings say where they came from and where they went.
struct CallPlaces: Sendable {
  private var places: [Int: CallPlace] = [:]
  /// How many may be kept before those are dropped that nothing names any more.
  private var limit = 1 << 16

  subscript(number: Int) -> CallPlace? { places[number] }

  /// Takes note of the call of `step` if something came or went by it.
  mutating func note(_ step: Step, _ emulator: Emulator) {
    switch step.operation {
    case .allocate, .allocateArray, .register, .free, .unregister, .resetDevice, .destroyStream,
      .destroyEvent, .graph(.addNode(.allocate, _, _, _)), .virtualMemory:
      break
    default: return
    }
    places[step.event.number] = CallPlace(step.event)
    guard places.count > limit else { return }
    var kept: [Int: CallPlace] = [:]
    for object in emulator.space.all {
      kept[object.createdBy] = places[object.createdBy]
      if let freed = object.freedBy { kept[freed] = places[freed] }
    }
    for destroyed in emulator.streams.map(\.destroyedBy) + emulator.events.map(\.destroyedBy) {
      if let destroyed { kept[destroyed] = places[destroyed] }
    }
    places = kept
    limit = max(1 << 16, 2 * kept.count)
  }
}
