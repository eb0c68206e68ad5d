package import CutapeRules
import Foundation

/// Findings that are known and accepted: a file of keys.
///
/// The file is what `check --format json` printed: each line that is a finding makes it known, other objects (the
/// summary) count for nothing. Lines can be written by hand as well: a key alone, with a remark behind it if wanted.
/// Empty lines and those that begin with `#` are comments.
///
///     {"type":"finding","code":"CT401",...,"key":"CT401-5f3a9c01d2e4b687"}
///     CT206-00c2a4e1b8f93d57  # the driver waits here
package struct Baseline: Sendable {
  /// A line of the file.
  package struct Entry: Sendable, Hashable {
    package var key: String
    /// From 1.
    package var line: Int
    /// The code of the rule.
    package var code: String { String(key.prefix(5)) }
  }

  /// Why a file is no baseline. The texts are for the end of a sentence about the file.
  package enum Mistake: Error, Sendable, Hashable, CustomStringConvertible {
    case notText
    case noKey(line: Int)
    case notAnEntry(line: Int)

    package var description: String {
      switch self {
      case .notText: "is not a text file"
      case .noKey(let line): "line \(line) is a finding without a key: make the file again with this version"
      case .notAnEntry(let line): "line \(line) is neither a finding of `check --format json` nor a key"
      }
    }
  }

  package private(set) var entries: [Entry] = []

  package init(_ file: [UInt8]) throws(Mistake) {
    guard let text = String(validating: file, as: UTF8.self) else { throw .notText }
    // The two characters of a line end on Windows are one character of Swift.
    let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    for (index, line) in lines.enumerated() {
      guard let key = try Self.key(line, number: index + 1) else { continue }
      entries.append(Entry(key: key, line: index + 1))
    }
  }

  /// The part of an object that a baseline reads.
  private struct Line: Decodable {
    var type: String?
    var key: String?
  }

  private static func key(_ line: Substring, number: Int) throws(Mistake) -> String? {
    guard let word = line.split(whereSeparator: \.isWhitespace).first, !word.hasPrefix("#") else {
      return nil
    }
    guard word.hasPrefix("{") else {
      guard FindingKeys.isKey(word) else { throw .notAnEntry(line: number) }
      return String(word)
    }
    guard let object = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)) else {
      throw .notAnEntry(line: number)
    }
    switch object.key {
    case let key? where FindingKeys.isKey(key[...]): return key
    case nil where object.type != nil && object.type != "finding": return nil
    case nil where object.type == "finding": throw .noKey(line: number)
    default: throw .notAnEntry(line: number)
    }
  }

  /// `findings`, which have keys, parted into those that are new and those that are known.
  package func split(_ findings: [Finding]) -> (new: [Finding], known: [Finding]) {
    let keys = Set(entries.map(\.key))
    return (findings.filter { !keys.contains($0.key) }, findings.filter { keys.contains($0.key) })
  }

  /// The entries that none of `findings` has the key of; a key that is written twice is told once.
  package func unmatched(by findings: [Finding]) -> [Entry] {
    var seen = Set(findings.map(\.key))
    return entries.filter { seen.insert($0.key).inserted }
  }
}
