/// Numbers for people: times and sizes as every command prints them.

package enum Units {
  /// A length of time in the largest unit that keeps three digits: `850 ns`, `12.3 us`, `1.50 s`.
  package static func time(_ nanoseconds: Int64) -> String {
    let sign = nanoseconds < 0 ? "-" : ""
    let magnitude = nanoseconds.magnitude
    guard magnitude >= 1000 else { return "\(nanoseconds) ns" }
    var (scale, unit) = (UInt64(1000), "us")
    for next in ["ms", "s"] where rounded(magnitude, scale) >= 100_000 {
      scale *= 1000
      unit = next
    }
    return "\(sign)\(threeDigits(rounded(magnitude, scale))) \(unit)"
  }

  /// A size without loss: in MiB or KiB where that is exact, else in bytes.
  package static func exactSize(_ bytes: UInt64) -> String {
    if bytes >= 1 << 20, bytes % (1 << 20) == 0 { return "\(bytes >> 20) MiB" }
    if bytes >= 1 << 10, bytes % (1 << 10) == 0 { return "\(bytes >> 10) KiB" }
    return "\(bytes)"
  }

  /// A moment in seconds with all nanoseconds: `12.000345678`.
  package static func moment(_ nanoseconds: Int64) -> String {
    let magnitude = nanoseconds.magnitude
    let fraction = String(magnitude % 1_000_000_000)
    return "\(nanoseconds < 0 ? "-" : "")\(magnitude / 1_000_000_000)."
      + String(repeating: "0", count: 9 - fraction.count) + fraction
  }

  /// An address, or another word whose digits mean nothing to people.
  package static func hex(_ word: UInt64) -> String { "0x" + String(word, radix: 16) }

  /// Hundredths of `scale`, rounded.
  private static func rounded(_ value: UInt64, _ scale: UInt64) -> UInt64 {
    let step = scale / 100
    return value / step + (value % step * 2 >= step ? 1 : 0)
  }

  /// A number of hundredths with three digits, or more when it is larger.
  private static func threeDigits(_ hundredths: UInt64) -> String {
    let (whole, fraction) = (hundredths / 100, hundredths % 100)
    if whole >= 100 { return "\((hundredths + 50) / 100)" }
    if whole >= 10 { return "\(whole).\(fraction / 10)" }
    return "\(whole).\(fraction < 10 ? "0" : "")\(fraction)"
  }
}

extension String {
  /// The string without anything that could move the cursor, change the terminal or hide text: control and format
  /// characters, line ends and backslashes are escaped as in a Swift literal.
  package var escaped: String {
    var result = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case "\\": result += "\\\\"
      default:
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
          result += "\\u{\(String(scalar.value, radix: 16))}"
        default: result.unicodeScalars.append(scalar)
        }
      }
    }
    return result
  }
}
