/// An intercepted CUDA function, as the API table describes it.
///
/// A trace carries its own copy of the functions that it uses, so it stays readable when the table grows. Every call is
/// looked up and its function handed around, so a copy is one reference.
package struct Function: Sendable, Hashable {
  @usableFromInline
  final class Storage: Sendable {
    @usableFromInline let id: UInt16
    @usableFromInline let name: String
    @usableFromInline let effect: Effect
    @usableFromInline let fields: [Field]
    @usableFromInline let isDriver: Bool
    /// The roles of the fields, side by side: every decoded call looks some up.
    @usableFromInline let roles: [Role]

    init(id: UInt16, name: String, effect: Effect, fields: [Field], isDriver: Bool) {
      self.id = id
      self.name = name
      self.effect = effect
      self.fields = fields
      roles = fields.map(\.role)
      self.isDriver = isDriver || (name.hasPrefix("cu") && name.dropFirst(2).first?.isUppercase == true)
    }
  }

  @usableFromInline let storage: Storage

  /// `isDriver`: if the name does not say it.
  package init(id: UInt16, name: String, effect: Effect, fields: [Field], isDriver: Bool = false) {
    storage = Storage(id: id, name: name, effect: effect, fields: fields, isDriver: isDriver)
  }

  /// The number of the function in the API table; stable, never reused.
  @inlinable package var id: UInt16 { storage.id }
  /// The name without a variant suffix, for example `cudaMemcpyAsync`.
  @inlinable package var name: String { storage.name }
  /// What the call does to the state that cutape models.
  @inlinable package var effect: Effect { storage.effect }
  /// The recorded arguments, in the order of ``Event/arguments``.
  @inlinable package var fields: [Field] { storage.fields }
  /// Whether it is a function of the driver (`cuMemcpyAsync`), not of the runtime.
  @inlinable package var isDriver: Bool { storage.isDriver }

  /// One recorded argument.
  package struct Field: Sendable, Hashable {
    package var name: String
    package var role: Role

    package init(name: String, role: Role) {
      self.name = name
      self.role = role
    }
  }

  /// The position of the first argument with `role`, or nil when the function has none.
  @inlinable
  package func index(of role: Role) -> Int? { storage.roles.firstIndex(of: role) }

  package static func == (left: Function, right: Function) -> Bool {
    left.storage === right.storage
      || left.id == right.id && left.name == right.name && left.effect == right.effect
        && left.fields == right.fields && left.isDriver == right.isDriver
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

/// The exported form of a function that the program called: the form decides what stream 0 means.
///
/// Source: CUDA Runtime API, "Stream synchronization behavior".
package enum Variant: UInt8, Sendable, Hashable, CaseIterable {
  /// The plain name: stream 0 is the legacy default stream.
  case plain = 0
  /// `_ptsz`: takes a stream, and stream 0 is the per-thread default stream.
  case ptsz = 1
  /// `_ptds`: takes no stream and acts on the per-thread default stream.
  case ptds = 2

  /// What the exported name ends in.
  package var suffix: String {
    switch self {
    case .plain: ""
    case .ptsz: "_ptsz"
    case .ptds: "_ptds"
    }
  }
}
