/// An intercepted CUDA function, as the API table describes it.
///
/// A trace carries its own copy of the functions that it uses, so it stays readable when the table grows.
package struct Function: Sendable, Hashable {
  /// The number of the function in the API table; stable, never reused.
  package var id: UInt16
  /// The name without a variant suffix, for example `cudaMemcpyAsync`.
  package var name: String
  /// What the call does to the state that cutape models.
  package var effect: Effect
  /// The recorded arguments, in the order of ``Event/arguments``.
  package let fields: [Field]
  /// Whether it is a function of the driver (`cuMemcpyAsync`), not of the runtime.
  package let isDriver: Bool
  /// The roles of the fields, side by side: every decoded call looks some up.
  private let roles: [Role]

  /// `isDriver`: if the name does not say it.
  package init(id: UInt16, name: String, effect: Effect, fields: [Field], isDriver: Bool = false) {
    self.id = id
    self.name = name
    self.effect = effect
    self.fields = fields
    roles = fields.map(\.role)
    self.isDriver = isDriver || (name.hasPrefix("cu") && name.dropFirst(2).first?.isUppercase == true)
  }

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
  package func index(of role: Role) -> Int? { roles.firstIndex(of: role) }
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
