import CutapeTrace

/// The words of a call, from its arguments as a scenario writes them.
///
/// Arguments stand in the order of the fields, without results; those of a name (`source: d1`) stand anywhere. A list
/// of nodes is written in brackets. What a function has no field for, because it is an item of its tail, follows.
struct CallWords {
  typealias Reader = (String) throws -> UInt64

  let function: Function
  private var words: [UInt64]
  /// The lists of the tail, by the role that counts them; nil for one that is not known.
  private var lists: [Role: [UInt64]?] = [:]
  private var position = 0
  /// The nodes from which edges go, until those to which they go are read.
  private var sources: [UInt64]?
  /// The parameters of a node of any type, by the function that has this type alone, and how many are read.
  private var typed: (function: Function, position: Int)?

  init(_ function: Function) {
    self.function = function
    words = Array(repeating: 0, count: function.fields.count)
    if function.effect == .launchNode { setKernel() }
  }

  /// Some kernel, of one block of one thread.
  mutating func setKernel() {
    self[.kernel] = 0x4000
    for role in [Role.gridX, .gridY, .gridZ, .blockX, .blockY, .blockZ] { self[role] = 1 }
  }

  /// The argument of `role`, among those of a node of any type too; 0 where there is none.
  subscript(role: Role) -> UInt64 {
    get {
      if let index = function.index(of: role) { return words[index] }
      return typed?.function.index(of: role).flatMap { lists[.nodeWords]??[$0] } ?? 0
    }
    set {
      if let index = function.index(of: role) {
        words[index] = newValue
      } else if let index = typed?.function.index(of: role) {
        lists[.nodeWords]??[index] = newValue
      }
    }
  }

  func has(_ role: Role) -> Bool {
    function.index(of: role) != nil || typed?.function.index(of: role) != nil
  }

  /// Adds to a list of the tail.
  mutating func append(_ items: [UInt64], to role: Role) {
    lists[role] = (lists[role] ?? []).map { $0 + items }
  }

  mutating func add(_ argument: String, _ read: Reader) throws {
    if argument.hasPrefix("[") {
      try addList(argument.dropFirst().dropLast().split(separator: ",").map { try read($0.trimming()) })
    } else if let colon = argument.firstIndex(of: ":") {
      guard let role = Role(rawValue: String(argument[..<colon])), has(role) else {
        throw Problem(text: "\(function.name) has no \(argument[..<colon])")
      }
      self[role] = try read(argument[argument.index(after: colon)...].trimming())
    } else if argument.contains(" "), Self.listsRanges(function.effect) {
      try addItem(argument, read)
    } else if !(try addField(argument, read)) {
      try addItem(argument, read)
    }
  }

  private mutating func addList(_ nodes: [UInt64]) throws {
    if has(.dependencies) {
      append(nodes, to: .dependencies)
    } else if let from = sources, from.count == nodes.count {
      for (from, to) in zip(from, nodes) { append([from, to], to: .items) }
    } else if sources == nil {
      sources = nodes
    } else {
      throw Problem(text: "as many nodes to which edges go as from which they go")
    }
  }

  /// Takes the argument for the next field; false when there is none left, or what follows are items.
  private mutating func addField(_ argument: String, _ read: Reader) throws -> Bool {
    func isLeftOut(_ role: Role) -> Bool { role.isResult || role == .opaque || role.isList }
    while position < words.count, isLeftOut(function.fields[position].role) { position += 1 }
    let isKernel = function.effect == .launchNode
    if position < words.count, !(isKernel && function.fields[position].role == .kernel) {
      words[position] = try function.fields[position].role == .nodeType ? addType(argument) : read(argument)
      position += 1
      return true
    }
    guard let (type, next) = typed, type.effect != .launchNode else { return false }
    guard let free = (next..<type.fields.count).first(where: { !isLeftOut(type.fields[$0].role) }) else {
      return false
    }
    lists[.nodeWords]??[free] = try read(argument)
    typed?.position = free + 1
    return true
  }

  private mutating func addType(_ name: String) throws -> UInt64 {
    guard let type = NodeType.allCases.first(where: { $0.label == name }) else {
      throw Problem(text: "no type of nodes '\(name)'")
    }
    let described = type.function(isDriver: function.isDriver)
    typed = (described, 0)
    lists[.nodeWords] = Array(repeating: 0, count: described.fields.count - 1)
    if type == .kernel { setKernel() }
    return UInt64(type.rawValue)
  }

  private mutating func addItem(_ argument: String, _ read: Reader) throws {
    switch function.effect {
    case .copyBatch:
      let words = try argument.split(separator: " ").map { try read(String($0)) }
      append(words.count == 3 ? words + [1] : words, to: .items)
    case .launch, .launchNode, .anyNode: try addPointer(argument, read)
    case let effect where Self.listsRanges(effect):
      let words = try argument.split(separator: " ").map { try read(String($0)) }
      append(words + Array(repeating: 0, count: max(effect.wordsPerItem - words.count, 0)), to: .items)
    default: throw Problem(text: "too many arguments")
    }
  }

  /// Whether the items are written with all their words, trailing zeroes left out.
  private static func listsRanges(_ effect: Effect) -> Bool {
    switch effect {
    case .prefetchBatch, .discardBatch, .discardPrefetchBatch, .setPoolAccess, .setAccess, .copyBatch3D: true
    default: false
    }
  }

  /// A pointer argument of a kernel: `d1`, `const d1`, `perhaps d1`, `table d1` when there may be addresses behind it;
  /// `?` when they are not known.
  mutating func addPointer(_ argument: String, _ read: Reader) throws {
    if argument == "?" {
      lists[.items] = .some(nil)
      return
    }
    let parts = argument.split(separator: " ").map(String.init)
    let known: [String: UInt64] = ["const": 1, "perhaps": 2, "table": 4]
    let flags = parts.count < 2 ? 0 : known[parts[0]] ?? 2
    let parameter = UInt64((lists[.items] ?? [])?.count ?? 0) / 2
    append([parameter << 8 | flags, try read(parts.last ?? "")], to: .items)
  }

  /// The words of the fields, and those of the tail.
  var finished: (arguments: Arguments, tail: [UInt64]) {
    var words = words
    var tail: [UInt64] = []
    for (index, field) in function.fields.enumerated() where field.role.isList {
      let list = lists[field.role] ?? []
      let size = field.role == .items ? function.effect.wordsPerItem : 1
      words[index] = list.map { UInt64($0.count / size) } ?? .max
      tail += list ?? []
    }
    return (Arguments(words), tail)
  }

  struct Problem: Error {
    var text: String
  }
}

extension Role {
  /// Whether the word is a result of the call.
  var isResult: Bool { rawValue.hasPrefix("out") }
}
