package import CutapeEmulator
import CutapeReplay
package import CutapeTrace

/// How bad a finding is. Ordered: what is worse is greater.
package enum Severity: String, Sendable, Hashable, CaseIterable, Comparable {
  /// Worth knowing; hidden unless asked for.
  case info
  /// Wasted time.
  case perf
  /// Relies on behaviour that is not documented or depends on the configuration.
  case warning
  /// Undefined or wrong on every conforming run.
  case error

  package static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// How much is known of the accesses that a finding is about.
package enum Certainty: String, Sendable, Hashable {
  /// Copies, memsets and other calls whose bytes are known.
  case known
  /// A kernel that could reach the bytes takes part.
  case may
}

/// Text of a finding. Rules define their messages as static members in their own files.
package struct Message: Sendable, Hashable, ExpressibleByStringInterpolation {
  package var text: String
  package init(stringLiteral value: String) { text = value }
  package init(stringInterpolation: DefaultStringInterpolation) {
    text = String(describing: stringInterpolation)
  }
}

/// What a rule has to say about one or two calls: data, without any layout.
package struct Finding: Sendable, Hashable {
  package var code: String
  package var name: String
  package var severity: Severity
  package var certainty: Certainty
  /// Whether it exists under the documented profile alone: hardware is known to do what the program relies on.
  package var isDocumentedOnly: Bool
  /// One clause, lower case, without a full stop.
  package var message: Message
  /// The call that the finding is about.
  package var call: Call
  /// The other calls that take part, the earlier operation of a race first.
  package var related: [Call]
  /// The bytes that it is about, drawn to scale.
  package var picture: Picture?
  /// Further memory that it is about: where it came from and where it went.
  package var allocations: [Memory]
  /// What else is known: why there is no order, what the call returned.
  package var notes: [Message]
  /// The weakest change that mends it.
  package var help: Message?
  /// How often it was found at the same call sites.
  package var count = 1
  /// What a baseline knows it by; empty until the report gives it.
  package var key = ""

  /// One call as findings show it.
  package struct Call: Sendable, Hashable {
    package var number: Int
    /// 0 when it is not known.
    package var thread: Int
    /// The key of the call site; 0 when it is not known.
    package var site: Int
    /// The call stack, a number of ``Trace/stacks``; 0 when it was not recorded.
    package var stack = 0
    package var function: UInt16
    /// The call in the words of the program: `cudaMemcpyAsync(d2+0x800, h7, 5120, H2D, s1)`.
    package var text: String
  }

  /// A stretch of memory: where it came from and where it went.
  package struct Memory: Sendable, Hashable {
    /// `d2`
    package var name: String
    /// What kind of memory: `device`, `pinned`.
    package var kind: String
    /// `d2 = cudaMalloc(65536), #41`
    package var text: String
    /// The call that made it; nil for what no call made, as a variable.
    package var allocated: Call?
    /// The call that took it away; nil while it lives.
    package var freed: Call?

    /// Memory that CUDA does not know.
    static let pageable = Memory(
      name: "host memory", kind: MemoryClass.pageable.rawValue, text: "host memory", allocated: nil,
      freed: nil)

    /// The same memory, introduced by `words`.
    func introduced(by words: String) -> Memory {
      var result = self
      result.text = "\(words) \(text)"
      return result
    }
  }

  /// Bytes of one object, one line for each access.
  package struct Picture: Sendable, Hashable {
    package var title: Memory
    package var accesses: [Access]
    /// The bytes that matter, and what is said of them.
    package var marked: ByteRange
    package var caption: String

    package struct Access: Sendable, Hashable {
      package var call: Call
      /// The hull of what it touches, as offsets in the object.
      package var range: ByteRange
      package var writes: Bool
      /// The rows, where they do not follow each other without a gap.
      package var rows: Footprint?
    }
  }

  init(
    _ rule: any Rule.Type, _ severity: Severity, _ message: Message, call: Call, related: [Call] = [],
    certainty: Certainty = .known, isDocumentedOnly: Bool = false, picture: Picture? = nil,
    allocations: [Memory] = [], notes: [Message] = [], help: Message? = nil
  ) {
    code = rule.page.code
    name = rule.page.name
    self.severity = severity
    self.certainty = certainty
    self.isDocumentedOnly = isDocumentedOnly
    self.message = message
    self.call = call
    self.related = related
    self.picture = picture
    self.allocations = allocations
    self.notes = notes
    self.help = help
  }
}
