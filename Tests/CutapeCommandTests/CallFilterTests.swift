/// The filters of `dump`.

import ArgumentParser
import CutapeTrace
import Testing

@testable import cutape

@Suite("Call filter")
struct CallFilterTests {
  @Test(
    "sets of numbers",
    arguments: [
      ("7", [7], [6, 8]), ("1-3,9", [1, 2, 3, 9], [0, 4, 8, 10]), ("5-", [5, 1_000_000], [4]),
    ])
  func numbers(text: String, inside: [Int], outside: [Int]) throws {
    let set = try #require(NumberSet(argument: text))
    for number in inside { #expect(set.contains(number)) }
    for number in outside { #expect(!set.contains(number)) }
  }

  @Test("what is no set of numbers", arguments: ["", "a", "3-2", "-3", "1,,2", "1-2-3", "1.5", " 1"])
  func noNumbers(text: String) {
    #expect(NumberSet(argument: text) == nil)
  }

  @Test("streams by name and by handle")
  func streams() {
    #expect(StreamReference(argument: "legacy") == .legacy)
    #expect(StreamReference(argument: "0") == .legacy)
    #expect(StreamReference(argument: "per-thread") == .perThread)
    #expect(StreamReference(argument: "0x77") == .created(0x77))
    #expect(StreamReference(argument: "119") == .created(0x77))
    #expect(StreamReference(argument: "s1") == nil)
  }

  @Test("a call passes when it passes every filter")
  func all() throws {
    #expect(try accepts([]))
    #expect(try accepts(["--calls", "5", "--thread", "2", "--stream", "0x77", "--api", "cudaMemcpy*"]))
    #expect(try !accepts(["--calls", "6"]))
    #expect(try !accepts(["--thread", "1"]))
    #expect(try accepts(["--thread", "1", "--thread", "2"]))
    #expect(try !accepts(["--stream", "legacy"]))
    #expect(try !accepts(["--api", "cudaMalloc*"]))
    #expect(try accepts(["--api", "*_ptsz"]))
    #expect(try accepts(["--api", "cudaMemcpyAsync"]))
  }

  @Test("a call that names no stream is on the default stream of its form, if it is on any")
  func defaultStream() throws {
    let filter = try CallFilter.parse(["--stream", "per-thread"])
    let fill = Function(id: 70, name: "cudaMemset", effect: .fill, fields: [])
    #expect(filter.accepts(Event(number: 1, function: 70, variant: .ptds), fill))
    #expect(!filter.accepts(Event(number: 1, function: 70), fill))
    let free = Function(id: 20, name: "cudaFree", effect: .freeDevice, fields: [])
    #expect(!filter.accepts(Event(number: 1, function: 20, variant: .ptds), free))
  }

  private func accepts(_ arguments: [String]) throws -> Bool {
    try CallFilter.parse(arguments).accepts(exampleCall, exampleFunction)
  }
}
