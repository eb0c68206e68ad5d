/// The API table of this build as Swift values: the rows of `cutape_api.def`, with effects and roles resolved.

private import CutapeABI
package import CutapeTrace

/// The intercepted functions, in the order of the table.
package enum ApiTable {
  /// One row: a function and how it is exported.
  package struct Row: Sendable, Hashable {
    package var function: Function
    /// The CUDA majors whose runtime exports this prototype; none for a function of the driver.
    package var majors: [UInt8]
    /// The per-thread default stream form that is exported beside the plain name; nil when there is none.
    package var perThreadForm: Variant?
    /// Whether the arguments are written by code of their own, because they are structs, lists or strings.
    package var isIrregular: Bool
  }

  /// All rows.
  package static let rows: [Row] = (0..<cut_apiCount()).map { row(cut_apiAt($0).pointee) }

  /// The functions of all rows: what a recorder gives a new trace.
  package static let functions = FunctionTable(rows.map(\.function))

  /// The row that `info` describes. An effect or a role that Swift does not know is a mistake in the table: it
  /// stops every program that reads the table, the tests first.
  private static func row(_ info: CUTApiInfo) -> Row {
    let name = String(cString: info.name)
    guard let effect = Effect(rawValue: String(cString: info.effect)) else {
      preconditionFailure("\(name): unknown effect '\(String(cString: info.effect))' in cutape_api.def")
    }
    let fields = UnsafeBufferPointer(start: info.fields, count: Int(info.fieldCount)).map { field in
      guard let role = Role(rawValue: String(cString: field.role)) else {
        preconditionFailure("\(name): unknown role '\(String(cString: field.role))' in cutape_api.def")
      }
      return Function.Field(name: String(cString: field.name), role: role)
    }
    let majors: [UInt8] =
      switch info.majors {
      case .both: [12, 13]
      case .only12: [12]
      case .only13: [13]
      // The driver is one for all majors.
      case .driver: []
      }
    let form: Variant? =
      switch info.also {
      case .none: nil
      case .ptsz: .ptsz
      case .ptds: .ptds
      }
    return Row(
      function: Function(id: info.id, name: name, effect: effect, fields: fields), majors: majors,
      perThreadForm: form, isIrregular: info.isIrregular != 0)
  }
}
