/// Numbers for people: times and sizes as every command prints them.

package enum Units {
  /// A length of time in the largest unit that keeps three digits: `850 ns`, `12.3 us`, `1.50 s`.
  package static func time(_ nanoseconds: Int64) -> String {
    let magnitude = nanoseconds.magnitude
    guard magnitude >= 1000 else { return "\(nanoseconds) ns" }
    var (scale, unit) = (UInt64(1000), "us")
    // What would round to 1000 belongs to the next unit.
    for next in ["ms", "s"] where magnitude >= scale * 1000 - scale / 2 {
      scale *= 1000
      unit = next
    }
    return "\(nanoseconds < 0 ? "-" : "")\(threeDigits(magnitude, scale)) \(unit)"
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

  /// `value / scale`, rounded to three digits or to a whole number.
  private static func threeDigits(_ value: UInt64, _ scale: UInt64) -> String {
    if value >= scale * 100 - scale / 20 { return "\((value + scale / 2) / scale)" }
    if value >= scale * 10 - scale / 200 {
      let tenths = (value * 10 + scale / 2) / scale
      return "\(tenths / 10).\(tenths % 10)"
    }
    let hundredths = (value * 100 + scale / 2) / scale
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
  }
}

extension String {
  /// The string without anything that could move the cursor, change the terminal or hide text: control and format
  /// characters, line ends and backslashes are escaped as in a Swift literal.
  package var escaped: String {
    // Nearly all strings are plain.
    if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\\") }) { return self }
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
