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
///     T2: cudaMemcpyAsync(d1+0x100, p1, 64, H2D, s1) # by the second thread
///     cudaMemcpy(d1, p1, 8192, H2D) = 1              # what it returned, if not 0
///     cudaStreamSynchronize(s1) = lost in flight     # it never returned
///     cudaMemcpy3D(source: p1, sourcePitch: 8, ...)  # arguments by their roles, the others are 0
///     fill<<<s1>>>(d1, const d2)                     # a kernel and its pointers; <<<s1>>>(?) when they are not known
///     fill<<<s1>>>(perhaps d1)                       # a parameter that has the size of a pointer
///     cudaMemcpyBatchAsync(s1, d1 p1 64, d2 p1 64)   # entries of destination, source, size
///     cudaMemcpyBatchAsync(s1, d1 p1 64 Any)         # and the order of access, if not the stream's
///
///     repeat 8                                       # the lines up to `end`, eight times
///     cudaMemcpy(d1, p1, 64, H2D)                    # each of them is one call site
///     end
///
/// Outside of loops the call sites are not known. Numbers are decimal or `0x`; kinds are H2H, H2D, D2H, D2D, Default; `NULL` and `0` are 0. What follows `#` is a
/// comment.
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
    var name: String?
    if let equals = rest.range(of: " = "), let open = rest.firstIndex(of: "("), equals.lowerBound < open {
      name = String(rest[..<equals.lowerBound])
      rest = String(rest[equals.upperBound...])
    }
    guard let open = rest.firstIndex(of: "("), let close = rest.lastIndex(of: ")"), open < close else {
      throw Mistake(line: line, reason: "not a call")
    }
    let function = String(rest[..<open])
    let arguments = rest[rest.index(after: open)..<close].split(separator: ",").map { String($0).trimming() }
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
      guard let name, let size = arguments.first else {
        throw Mistake(line: line, reason: "malloc needs a name")
      }
      names[name] = try fresh(.plain, value(size, line))
      return
    }
    if function == "stack" || function == "leave" {
      try stack(function, arguments, name: name, &event, line)
    } else if let brackets = function.range(of: "<<<") {
      try launch(function, brackets, arguments, &event, line)
    } else {
      try call(function, arguments, name: name, reused: reused, &event, line)
    }
    events.append(event)
  }

  private mutating func call(
    _ function: String, _ arguments: [String], name: String?, reused: UInt64?, _ event: inout Event,
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
    var words = [UInt64](repeating: 0, count: row.fields.count)
    var position = 0
    for (index, argument) in arguments.enumerated() {
      if row.effect == .copyBatch, index > 0 {
        let words = try argument.split(separator: " ").map { try value(String($0), line) }
        event.tail += words.count == 3 ? words + [1] : words
        continue
      }
      if let colon = argument.firstIndex(of: ":") {
        let role = Role(rawValue: String(argument[..<colon]))
        guard let role, let field = row.index(of: role) else {
          throw Mistake(line: line, reason: "\(plain) has no \(argument[..<colon])")
        }
        words[field] = try value(String(argument[argument.index(after: colon)...]).trimming(), line)
        continue
      }
      while position < words.count, row.fields[position].role.isResult || row.fields[position].role == .opaque
      {
        position += 1
      }
      guard position < words.count else { throw Mistake(line: line, reason: "too many arguments") }
      words[position] = try value(argument, line)
      position += 1
    }
    if row.effect == .copyBatch, let items = row.index(of: .items) {
      words[items] = UInt64(event.tail.count / 4)
    }
    try results(row, &words, name: name, reused: reused, event, line)
    event.arguments = Arguments(words)
  }

  /// What the call gave back.
  private mutating func results(
    _ row: Function, _ words: inout [UInt64], name: String?, reused: UInt64?, _ event: Event, _ line: String
  ) throws {
    if row.effect == .registerHost, let name, let index = row.index(of: .pointer) {
      names[name] = words[index]
    }
    guard event.result == 0, event.duration != nil else { return }
    func word(_ role: Role) -> UInt64 { row.index(of: role).map { words[$0] } ?? 0 }
    if let index = row.index(of: .outPitch) {
      words[index] = (word(.width) + 511) / 512 * 512
      if let name { pitches[name] = words[index] }
    }
    guard let index = row.fields.firstIndex(where: { $0.role.isResult && $0.role != .outPitch }) else {
      return
    }
    let space: Space =
      switch row.effect {
      case .allocateHost: .host
      case .allocateDevice, .allocatePitched, .allocateManaged, .allocateAsync, .hostDevicePointer,
        .symbolAddress:
        .device
      default: .handle
      }
    let size =
      row.effect == .allocatePitched
      ? word(.outPitch) * max(word(.height), 1) * max(word(.depth), 1) : word(.bytes)
    words[index] = try reused ?? fresh(space, space == .handle ? 64 : size)
    if let name { names[name] = words[index] }
  }

  private mutating func launch(
    _ text: String, _ brackets: Range<String.Index>, _ arguments: [String], _ event: inout Event,
    _ line: String
  ) throws {
    guard let row = ApiTable.functions.named("cudaLaunchKernel"), text.hasSuffix(">>>") else {
      throw Mistake(line: line, reason: "not a launch")
    }
    event.function = row.id
    var words = [UInt64](repeating: 1, count: row.fields.count)
    func set(_ role: Role, _ value: UInt64) { if let index = row.index(of: role) { words[index] = value } }
    set(.kernel, 0x4000)
    set(.sharedMemory, 0)
    set(.stream, try value(String(text[brackets.upperBound...].dropLast(3)), line))
    if arguments == ["?"] {
      set(.items, .max)
    } else {
      set(.items, UInt64(arguments.count))
      for (index, argument) in arguments.enumerated() {
        let words = argument.split(separator: " ").map(String.init)
        let flags: UInt64 = words.count < 2 ? 0 : words[0] == "const" ? 1 : 2
        event.tail.append(UInt64(index) << 8 | flags)
        event.tail.append(try value(words.last ?? "", line))
      }
    }
    event.arguments = Arguments(words)
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
    case "H2H", "NULL", "legacy": return 0
    case "H2D": return 1
    case "D2H", "perThread": return 2
    case "D2D": return 3
    case "Default": return 4
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

extension Role {
  /// Whether the word is a result of the call.
  fileprivate var isResult: Bool { rawValue.hasPrefix("out") }
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
