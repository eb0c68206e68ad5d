import CutapeEmulator
import CutapeReplay
import CutapeRules
import CutapeTestSupport
import CutapeTrace
import Testing

/// A trace is input: whatever stands in it, a check comes to its end.
struct HostileTraceTests {
  private static let words: [UInt64] = [
    0, 1, 2, 3, 4, 7, 16, 64, 4096, 0x7f00_0000_0000, 0x7f00_0000_0040, 0x7e00_0000_0000, 0x6000_0000,
    0x6000_0040,
    .max, .max - 1, .max - 64,
  ]

  @Test("Calls with any words in them are judged without a trap", .timeLimit(.minutes(2)), arguments: 0..<50)
  func anyWords(_ seed: Int) { check(seed, TraceText.functions.all, Self.words) }

  /// Mappings of a few granules, close to each other, with copies of any shape through them.
  @Test("So are mappings of any addresses", .timeLimit(.minutes(2)), arguments: 0..<100)
  func anyMappings(_ seed: Int) {
    let granule: UInt64 = 0x200000
    let functions = TraceText.functions.all.filter { function in
      switch function.effect {
      case .reserveAddresses, .freeAddresses, .createMemory, .importMemory, .retainMemory, .releaseMemory,
        .mapMemory, .unmapMemory, .setAccess, .launch:
        true
      case let effect: function.isDriver && (effect.isCopy || effect.isFill)
      }
    }
    let addresses = (0..<6).map { 0x7f00_0000_0000 + $0 * granule }
    let positions = addresses + addresses.map { $0 + 0x1f_fff0 }
    check(
      seed, functions,
      positions + positions + Self.words + [granule, granule, 2 * granule, 0x6000_0000, 1, 3])
  }

  private func check(_ seed: Int, _ functions: [Function], _ words: [UInt64]) {
    var random = Dice(seed: UInt64(seed))
    for profile in Profile.allCases {
      var checker = Checker(
        functions: TraceText.functions,
        options: Checker.Options(profile: profile, kernels: seed % 2 == 0 ? .may : .write))
      var calls = 0
      for number in 1...300 {
        let function = functions[Int(random.next() % UInt64(functions.count))]
        var event = Event(number: number, function: function.id, thread: 1 + Int(random.next() % 3))
        event.variant = Variant.allCases[Int(random.next() % 3)]
        event.result = random.next() % 4 == 0 ? Int32(truncatingIfNeeded: random.next() % 800) : 0
        if random.next() % 50 == 0 { event.duration = nil }
        event.arguments = Arguments(
          function.fields.map { _ in words[Int(random.next() % UInt64(words.count))] })
        event.tail = (0..<Int(random.next() % 9)).map { _ in words[Int(random.next() % UInt64(words.count))] }
        checker.check(event)
        if !function.effect.isInternal { calls += 1 }
      }
      #expect(checker.finish().summary.calls == calls)
    }
  }
}
