import CutapeEmulator
import CutapeRules
import CutapeTrace

/// The bytes of a finding drawn to scale: a line for each access, and one for the bytes that matter.
struct Drawing {
  struct Line {
    /// The number of the call, or nothing.
    var gutter: String
    var text: String
  }

  /// Columns of the widest bar.
  private static let width: UInt64 = 24

  private let picture: Finding.Picture
  private let first: UInt64
  /// Bytes that one column stands for.
  private let scale: UInt64

  init(_ picture: Finding.Picture) {
    self.picture = picture
    let ranges = picture.accesses.map(\.range) + [picture.marked]
    let first = ranges.map(\.start).min() ?? 0
    let last = ranges.map(\.end).max() ?? 0
    self.first = first
    scale = Swift.max(1, (last - first).quotientRoundedUp(by: Self.width))
  }

  var lines: [Line] {
    let calls = picture.accesses.map { printable($0.call.text) }
    let title = printable(picture.title.text)
    let column = ((calls + [title]).map(\.count).max() ?? 0) + 4
    let bars = picture.accesses.map { bar($0.range, $0.writes ? "w" : "r", rows: $0.rows) }
    let marks = bar(picture.marked, "^")
    let width = (bars + [marks]).map(\.count).max() ?? 0
    var lines = [Line(gutter: "", text: title.padded(column) + labels)]
    for (index, access) in picture.accesses.enumerated() {
      let rows = access.rows.map { ", \($0.rows * $0.slices) rows of \($0.width)" } ?? ""
      let what = "(\(index + 1)) \(access.writes ? "writes" : "reads")\(rows)"
      lines.append(
        Line(
          gutter: "#\(access.call.number)",
          text: calls[index].padded(column) + bars[index].padded(width + 3) + what))
    }
    lines.append(Line(gutter: "", text: "".padded(column) + marks + " " + picture.caption))
    return lines
  }

  private func column(of offset: UInt64) -> UInt64 { (offset - first) / scale }

  /// A bar over `range`; columns in which none of `rows` has a byte are dots.
  private func bar(_ range: ByteRange, _ character: Character, rows: Footprint? = nil) -> String {
    let start = column(of: range.start)
    let end = Swift.max(start + 1, (range.end - first).quotientRoundedUp(by: scale))
    let marks = (start..<end).map { column -> Character in
      let bytes = ByteRange(start: first &+ column &* scale, count: scale)
      return rows?.touches(bytes) == false ? "." : character
    }
    return String(repeating: " ", count: Int(start)) + String(marks)
  }

  /// The offsets of the first byte and of both ends of the marked bytes, each over its column if there is room.
  private var labels: String {
    var line = ""
    for offset in Set([first, picture.marked.start, picture.marked.end]).sorted() {
      let column = Int(column(of: offset))
      guard line.isEmpty || column > line.count else { continue }
      line = line.padded(column) + "+0x\(String(offset, radix: 16))"
    }
    return line
  }
}

extension UInt64 {
  fileprivate func quotientRoundedUp(by divisor: UInt64) -> UInt64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder == 0 ? quotient : quotient + 1
  }
}
