import CutapeEmulator
import CutapeReplay
import CutapeTestSupport
import CutapeTrace
import Testing

/// Random programs in other orders, against the model of order that shares nothing with the replay.
struct SchedulePropertyTests {
  private static func run(
    _ statements: [Statement], seed: Int, _ profile: Profile, _ kernels: KernelModel = .write
  ) throws -> Schedules.Outcome {
    var schedules = Schedules(
      functions: TraceText.functions,
      options: Schedules.Options(profile: profile, kernels: kernels, count: 8, seed: UInt64(seed)))
    for event in try TraceText(RandomProgram.text(statements)).events { schedules.follow(event) }
    return schedules.finish()
  }

  /// The pairs that contents depend on, by statement.
  private static func pairs(_ outcome: Schedules.Outcome, _ statements: [Statement]) -> Set<OrderModel.Pair> {
    // Ordinary host memory is made by no call of CUDA.
    let calls = statements.indices.filter { !statements[$0].text.contains(" = malloc(") }
    return Set(
      outcome.divergences.compactMap { divergence in
        guard let earlier = divergence.earlier, let later = divergence.later else { return nil }
        return OrderModel.Pair(
          earlier: calls[earlier.event.number - 1], later: calls[later.event.number - 1])
      })
  }

  @Test("A program with all its edges ends alike in every order", arguments: 0..<100)
  func sameContents(_ seed: Int) throws {
    let program = RandomProgram(seed: UInt64(seed))
    for profile in Profile.allCases {
      for kernels in KernelModel.allCases {
        let outcome = try Self.run(program.statements, seed: seed, profile, kernels)
        #expect(outcome.digests.count == 9 && Set(outcome.digests).count == 1)
        #expect(outcome.divergences.isEmpty, "\(RandomProgram.text(program.statements))")
      }
    }
  }

  @Test("Without an edge contents depend on pairs that the model leaves unordered, and on no others")
  func otherContents() throws {
    var racy = 0
    var shown = 0
    for seed in 0..<40 {
      let program = RandomProgram(seed: UInt64(1000 + seed))
      for edge in 0..<program.edges {
        let statements = program.statements.filter { $0.edge != edge }
        var model = OrderModel(isBlocking: program.isBlocking)
        for (index, statement) in statements.enumerated() {
          model.follow(statement.meaning, statement: index)
        }
        let outcome = try Self.run(statements, seed: seed, .doc)
        let pairs = Self.pairs(outcome, statements)
        #expect(pairs.isSubset(of: Set(model.races)), "\(RandomProgram.text(statements))")
        #expect(outcome.divergences.isEmpty == (Set(outcome.digests).count == 1))
        if !model.races.isEmpty { racy += 1 }
        if !pairs.isEmpty { shown += 1 }
      }
    }
    // Not every race shows: bytes that are overwritten, memsets of one value, memory that is only allocated.
    #expect(racy > 100 && 2 * shown > racy, "\(shown) of \(racy)")
  }
}
