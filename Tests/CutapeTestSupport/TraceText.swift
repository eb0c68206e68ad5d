package import CutapeTrace
import CutapeWire
import Foundation

/// Traces as text, for tests and for the examples of rule pages: a call a line, as a program would write it.
///
///     d1 = cudaMalloc(4096)                          # a name for the result; memory gets an address by its kind
///     s1 = cudaStreamCreateWithFlags(1)
///     d2 = cudaMalloc(4096) at d1                    # the driver gives an address again
///     p1 = malloc(64)                                # ordinary host memory: no call of CUDA
///     k1 = stack(64)                                 # a local variable: the shim's record of where the stack is
///     leave(k1)                                      # its function has returned: the shim's record of that
///     T2: leave()                                    # the thread has ended
///     a1 = hash(64, 0xaa)                            # the shim's record of the next copy's source: 64 bytes, their hash
///     hash(64, 0xbb, 1)                              # the same for entry 1 of a batch
///     changed(a1, 0xcc)                              # its record that it found another hash, behind the call before
///     T2: cudaMemcpyAsync(d1+0x100, p1, 64, H2D, s1) # by the second thread
///     cudaMemcpy(d1, p1, 8192, H2D) = 1              # what it returned, if not 0
///     cudaStreamSynchronize(s1) = lost in flight     # it never returned
///     cudaMemcpy3D(source: p1, sourcePitch: 8, ...)  # arguments by their roles, the others are 0
///     fill<<<s1>>>(d1, const d2)                     # a kernel and its pointers; <<<s1>>>(?) when they are not known
///     fill<<<s1>>>(perhaps d1)                       # a parameter that has the size of a pointer
///     cudaMemcpyBatchAsync(s1, d1 p1 64, d2 p1 64)   # entries of destination, source, size
///     cudaMemcpyBatchAsync(s1, d1 p1 64 Any)         # and the order of access, if not the stream's
///     n3 = cudaGraphAddMemcpyNode1D(g1, [n1, n2], d1, p1, 64, H2D)   # behind two nodes
///     n4 = cudaGraphAddKernelNode(g1, [n3], d1, const d2)            # a kernel and its pointers; ? when not known
///     n5 = cudaGraphAddNode(g1, [], memset, d1, 0, 7, 4, 16, 1)      # a node of any type, and its parameters
///     n6, d3 = cudaGraphAddMemAllocNode(g1, [], 64)                  # two results
///     cudaGraphAddDependencies(g1, [n1, n2], [n5, n5])               # edges from the first nodes to the second
///     n1, n7 = cudaGraphGetNodes(g1)                                 # nodes that the call lists: old names and new
///     cudaMemPrefetchBatchAsync(s1, m1 64 Device 1)  # other lists: the words of each item, zeroes left out
///
///     repeat 8                                       # the lines up to `end`, eight times
///     cudaMemcpy(d1, p1, 64, H2D)                    # each of them is one call site
///     end
///
/// Outside of loops the call sites are not known. Numbers are decimal or `0x`; kinds are H2H, H2D, D2H, D2D, Default;
/// modes of capture are Global, ThreadLocal, Relaxed; `NULL` and `0` are 0. What follows `#` is a comment.
package struct TraceText {
  package struct Mistake: Error, CustomStringConvertible {
    package var line: String
    package var reason: String
    package var description: String { "\(reason): '\(line)'" }
  }

  package private(set) var events: [Event] = []
  private var names: [String: UInt64] = [:]
  private var pitches: [String: UInt64] = [:]
  private var next: [Space: UInt64] = [:]
  /// Where the stack of each thread ends.
  private var stackPointers: [Int: UInt64] = [:]

  private enum Space: UInt64 {
    case device = 0x7f00_0000_0000
    case host = 0x7e00_0000_0000
    case plain = 0x5500_0000_0000
    case handle = 0x6000_0000
    case stack = 0x7d00_0000_0000
  }

  /// The functions that the events name.
  package static let functions = ApiTable.functions

  /// Reads `text`; empty lines count for nothing.
  package init(_ text: String) throws {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map {
      (site: $0.offset + 1, code: $0.element.prefix { $0 != "#" }.trimming())
    }
    try read(lines[...])
  }

  private mutating func read(_ lines: ArraySlice<(site: Int, code: String)>, isLoop: Bool = false) throws {
    var rest = lines
    while let (site, code) = rest.popFirst() {
      if code.isEmpty { continue }
      guard code.hasPrefix("repeat ") else {
        try read(code, site: isLoop ? site : 0)
        continue
      }
      guard let count = Int(code.dropFirst(7)), let end = rest.firstIndex(where: { $0.code == "end" }) else {
        throw Mistake(line: code, reason: "not a loop")
      }
      for _ in 0..<count { try read(rest[..<end], isLoop: true) }
      rest = rest[(end + 1)...]
    }
  }

  // MARK: Lines

  private mutating func read(_ line: String, site: Int) throws {
    var rest = line
    var thread = 1
    if rest.first == "T", let colon = rest.firstIndex(of: ":"), let number = Int(rest[..<colon].dropFirst()) {
      thread = number
      rest = String(rest[rest.index(after: colon)...]).trimming()
    }
    var results: [String] = []
    if let equals = rest.range(of: " = "), let open = rest.firstIndex(of: "("), equals.lowerBound < open {
      results = rest[..<equals.lowerBound].split(separator: ",").map { $0.trimming() }
      rest = String(rest[equals.upperBound...])
    }
    guard let open = rest.firstIndex(of: "("), let close = rest.lastIndex(of: ")"), open < close else {
      throw Mistake(line: line, reason: "not a call")
    }
    let function = String(rest[..<open])
    let arguments = Self.arguments(rest[rest.index(after: open)..<close])
    let tail = String(rest[rest.index(after: close)...]).trimming()
    var event = Event(
      number: events.count + 1, function: 0, thread: thread, site: site, begin: Int64(events.count) * 1000)
    var reused: UInt64?
    if tail.hasPrefix("at ") {
      reused = try value(String(tail.dropFirst(3)), line)
    } else if tail == "= lost in flight" {
      event.duration = nil
    } else if tail.hasPrefix("= ") {
      event.result = Int32(truncatingIfNeeded: try value(String(tail.dropFirst(2)), line))
    }
    if function == "malloc" {
      guard let name = results.first, let size = arguments.first else {
        throw Mistake(line: line, reason: "malloc needs a name")
      }
      names[name] = try fresh(.plain, value(size, line))
      return
    }
    if function == "hash" || function == "changed" {
      try hash(function, arguments, name: results.first, &event, line)
    } else if function == "stack" || function == "leave" {
      try stack(function, arguments, name: results.first, &event, line)
    } else if let brackets = function.range(of: "<<<") {
      try launch(function, brackets, arguments, &event, line)
    } else {
      try call(function, arguments, results, reused: reused, &event, line)
    }
    events.append(event)
  }

  /// What stands between the commas of `text`, but those in brackets.
  private static func arguments(_ text: Substring) -> [String] {
    var arguments = [""]
    var depth = 0
    for character in text {
      if character == "[" { depth += 1 }
      if character == "]" { depth -= 1 }
      if character == ",", depth == 0 {
        arguments.append("")
      } else {
        arguments[arguments.count - 1].append(character)
      }
    }
    return arguments == [""] ? [] : arguments.map { $0.trimming() }
  }

  private mutating func call(
    _ function: String, _ arguments: [String], _ results: [String], reused: UInt64?, _ event: inout Event,
    _ line: String
  ) throws {
    var plain = function
    for variant in Variant.allCases where !variant.suffix.isEmpty && function.hasSuffix(variant.suffix) {
      event.variant = variant
      plain = String(function.dropLast(variant.suffix.count))
    }
    guard let row = ApiTable.functions.named(plain) else {
      throw Mistake(line: line, reason: "no function \(plain)")
    }
    event.function = row.id
    var words = CallWords(row)
    do {
      for argument in arguments { try words.add(argument) { try value($0, line) } }
    } catch let problem as CallWords.Problem {
      throw Mistake(line: line, reason: problem.text)
    }
    try give(results, &words, reused: reused, event)
    (event.arguments, event.tail) = words.finished
  }

  /// What the call gave back.
  private mutating func give(
    _ results: [String], _ words: inout CallWords, reused: UInt64?, _ event: Event
  ) throws {
    var rest = results[...]
    if words.function.effect == .registerHost, let name = rest.first { names[name] = words[.pointer] }
    guard event.result == 0, event.duration != nil else { return }
    if words.has(.outPitch) {
      words[.outPitch] = (words[.width] + 511) / 512 * 512
      if let name = rest.first { pitches[name] = words[.outPitch] }
    }
    var given = reused
    let lists = [.listNodes, .listRootNodes].contains(words.function.effect)
    if lists { words[.outValue] = UInt64(rest.count) }
    for role in Self.results where words.has(role) && !(lists && role == .outValue) {
      // What is listed had its handle before the call.
      let known = words.function.effect == .captureStatus ? rest.first.flatMap { names[$0] } : nil
      words[role] = try known ?? given ?? fresh(role, words)
      given = nil
      if let name = rest.popFirst() { names[name] = words[role] }
    }
    guard lists || words.function.effect == .captureStatus else { return }
    if words.function.effect == .captureStatus { words[.outMode] = results.isEmpty ? 0 : 1 }
    for name in rest {
      let handle = try names[name] ?? fresh(.handle, 64)
      names[name] = handle
      words.append([handle], to: .items)
    }
  }

  /// The roles that stand for a named result, in the order in which a line names them.
  private static let results: [Role] = [
    .outGraphNode, .outPointer, .outStream, .outEvent, .outArray, .outGraph, .outGraphExec, .outPool,
    .outKernel,
    .outValue,
  ]

  /// A new address or handle for the result of `role`.
  private mutating func fresh(_ role: Role, _ words: CallWords) throws -> UInt64 {
    switch words.function.effect {
    case .allocateHost: return try fresh(.host, words[.bytes])
    case .allocatePitched:
      return try fresh(.device, words[.outPitch] * max(words[.height], 1) * max(words[.depth], 1))
    case .allocateDevice, .allocateManaged, .allocateAsync, .hostDevicePointer, .symbolAddress:
      return try fresh(.device, words[.bytes])
    default: return role == .outPointer ? try fresh(.device, words[.bytes]) : try fresh(.handle, 64)
    }
  }

  private mutating func launch(
    _ text: String, _ brackets: Range<String.Index>, _ arguments: [String], _ event: inout Event,
    _ line: String
  ) throws {
    guard let row = ApiTable.functions.named("cudaLaunchKernel"), text.hasSuffix(">>>") else {
      throw Mistake(line: line, reason: "not a launch")
    }
    event.function = row.id
    var words = CallWords(row)
    words.setKernel()
    words[.stream] = try value(String(text[brackets.upperBound...].dropLast(3)), line)
    for argument in arguments { try words.addPointer(argument) { try value($0, line) } }
    (event.arguments, event.tail) = words.finished
  }

  /// A record of a source: what it holds, or that it holds something else.
  private mutating func hash(
    _ function: String, _ arguments: [String], name: String?, _ event: inout Event, _ line: String
  ) throws {
    let row = ApiTable.functions.named(function == "hash" ? "cutape_source" : "cutape_source_changed")
    guard let row, arguments.count >= 2 else {
      throw Mistake(line: line, reason: "not a record of a source")
    }
    event.function = row.id
    let words = try arguments.map { try value($0, line) }
    guard function == "hash" else {
      event.arguments = [words[0], words[1]]
      return
    }
    let token = UInt64(event.thread) << 32 | UInt64(event.number)
    if let name { names[name] = token }
    event.arguments = [token, words.count > 2 ? words[2] : 0, words[0], words[1]]
  }

  /// A record of the stack: a new variable at its lower end, or the way out of the function that has one. Each thread
  /// has a stack of 8 MiB, used from its end downwards.
  private mutating func stack(
    _ function: String, _ arguments: [String], name: String?, _ event: inout Event, _ line: String
  ) throws {
    guard let row = ApiTable.functions.named("cutape_stack") else {
      throw Mistake(line: line, reason: "the table has no record of the stack")
    }
    event.function = row.id
    let size: UInt64 = 8 << 20
    let start = Space.stack.rawValue + UInt64(event.thread) * (size << 1)
    var pointer = start + size
    if function == "stack", let name, let bytes = arguments.first {
      pointer = (stackPointers[event.thread] ?? pointer) - (try value(bytes, line) + 255) / 256 * 256
      stackPointers[event.thread] = pointer
      names[name] = pointer
    } else if let variable = arguments.first {
      pointer = try value(variable, line) + 16
    }
    event.arguments = [pointer, start, size]
  }

  // MARK: Values

  private mutating func fresh(_ space: Space, _ size: UInt64) throws -> UInt64 {
    let address = next[space] ?? space.rawValue
    next[space] = (address + max(size, 1) + 0xffff) / 0x10000 * 0x10000 + (space == .handle ? 0 : 0x10000)
    return address
  }

  private func value(_ text: String, _ line: String) throws -> UInt64 {
    switch text {
    case "H2H", "NULL", "legacy", "Global": return 0
    case "H2D", "ThreadLocal": return 1
    case "D2H", "perThread", "Relaxed": return 2
    case "D2D": return 3
    case "Default": return 4
    case "Device": return UInt64(MemoryLocation.deviceType)
    case "Host": return UInt64(MemoryLocation.hostType)
    case "DuringApiCall": return UInt64(Copy.duringApiCall)
    case "Any": return UInt64(Copy.anyTime)
    default: break
    }
    if let dot = text.range(of: ".pitch"), let pitch = pitches[String(text[..<dot.lowerBound])] {
      return pitch
    }
    if let sign = text.firstIndex(where: { $0 == "+" || $0 == "-" }), sign != text.startIndex {
      let left = try value(String(text[..<sign]), line)
      let right = try value(String(text[text.index(after: sign)...]), line)
      return text[sign] == "+" ? left &+ right : left &- right
    }
    if let known = names[text] { return known }
    let number = text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
    guard let number else { throw Mistake(line: line, reason: "unknown value '\(text)'") }
    return number
  }
}

extension StringProtocol {
  /// Without the spaces at both ends.
  package func trimming() -> String {
    var text = self[...]
    while text.first == " " { text = text.dropFirst() }
    while text.last == " " { text = text.dropLast() }
    return String(text)
  }
}
