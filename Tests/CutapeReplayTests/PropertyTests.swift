import CutapeEmulator
import CutapeReplay
import CutapeRules
import CutapeTestSupport
import Testing

/// Random programs against a model of order that shares nothing with the replay: with all edges they are silent, and
/// each edge that is taken away gives exactly the pair of operations that it ordered.
struct PropertyTests {
  /// What the check says of a program, as pairs of operations; findings about waste and worth knowing are left out.
  private struct Verdict: Equatable {
    var pairs: Set<OrderModel.Pair> = []
    /// Findings that are no pair of operations, or not of a rule about order.
    var others: [String] = []

    init(_ statements: [Statement], _ profile: Profile) throws {
      // Statements by call: ordinary host memory is made by no call of CUDA.
      let calls = statements.indices.filter { !statements[$0].text.contains(" = malloc(") }
      var scenario = Scenario(name: "random", text: RandomProgram.text(statements))
      scenario.kernels = .write
      for finding in try scenario.check(profile).findings where finding.severity >= .warning {
        let code = finding.code
        guard let other = finding.related.first?.number else {
          others.append("\(code) at \(finding.call.number)")
          continue
        }
        let pair = OrderModel.Pair(earlier: calls[other - 1], later: calls[finding.call.number - 1])
        if !Self.codes(statements[pair.earlier], statements[pair.later]).contains(code) {
          others.append("\(code) at \(finding.call.number) with \(other)")
        }
        pairs.insert(pair)
      }
    }

    /// The rules that may own the missing order of two operations.
    private static func codes(_ earlier: Statement, _ later: Statement) -> Set<String> {
      if later.text.contains("cudaFreeAsync") { return ["CT202"] }
      if case .free = later.meaning { return ["CT206"] }
      if earlier.text.contains("cudaMallocAsync") { return ["CT203"] }
      return ["CT401", "CT402", "CT403", "CT404", "CT406", "CT407", "CT409", "CT410"]
    }
  }

  private static func model(
    _ statements: [Statement], of program: RandomProgram, believes: Bool = false
  ) -> OrderModel {
    var model = OrderModel(isBlocking: program.isBlocking, believes: believes)
    for (index, statement) in statements.enumerated() { model.follow(statement.meaning, statement: index) }
    return model
  }

  /// The smallest part of a program that still fails: lines are left out one by one, down to the preparations.
  private static func shrunk(_ statements: [Statement], fails: ([Statement]) -> Bool) -> String {
    var statements = statements
    var index = statements.count - 1
    while index >= 0 {
      var fewer = statements
      fewer.remove(at: index)
      if fails(fewer) { statements = fewer }
      index -= 1
    }
    return RandomProgram.text(statements)
  }

  @Test("A random program with all its edges gives nothing", arguments: 0..<100)
  func legal(_ seed: Int) throws {
    let program = RandomProgram(seed: UInt64(seed))
    #expect(Self.model(program.statements, of: program).races.isEmpty)
    for profile in Profile.allCases {
      let verdict = try Verdict(program.statements, profile)
      guard !verdict.pairs.isEmpty || !verdict.others.isEmpty else { continue }
      let least = Self.shrunk(program.statements) { fewer in
        guard Self.model(fewer, of: program).races.isEmpty, let verdict = try? Verdict(fewer, profile) else {
          return false
        }
        // A part of a program may read what is now never written: that is another matter.
        return !verdict.pairs.isEmpty || verdict.others.contains { !$0.hasPrefix("CT301") }
      }
      Issue.record("\(profile): \(verdict)\n\(least)")
    }
  }

  @Test("A random program without one of its edges gives the pair that the edge ordered", arguments: 0..<60)
  func racy(_ seed: Int) throws {
    let program = RandomProgram(seed: UInt64(1000 + seed))
    for edge in 0..<program.edges {
      let statements = program.statements.filter { $0.edge != edge }
      let model = Self.model(statements, of: program)
      guard !model.races.isEmpty else { continue }
      for profile in Profile.allCases {
        guard let wrong = try Self.disagreement(statements, program, profile) else { continue }
        let least = Self.shrunk(statements) { fewer in
          (try? Self.disagreement(fewer, program, profile)).flatMap { $0 } != nil
        }
        Issue.record("\(profile), without edge \(edge): \(wrong)\n\(least)")
        return
      }
    }
  }

  /// How the check differs from the model; nil when they agree.
  ///
  /// Every pair that is found is unordered, and every pair is found that nothing hides and no other pair explains.
  /// A release names one of the operations that it does not wait for; so does what relies on a habit.
  private static func disagreement(
    _ statements: [Statement], _ program: RandomProgram, _ profile: Profile
  ) throws -> String? {
    let model = model(statements, of: program)
    guard !model.waitedInVain else { return nil }
    let needed = Self.model(statements, of: program, believes: true).plainRaces.filter {
      !mayBeHidden($0, in: statements, profile)
    }
    let found = try Verdict(statements, profile)
    let isComplete = needed.allSatisfy { pair in
      isToldOnce(pair.later, in: statements)
        ? found.pairs.contains { $0.later == pair.later } : found.pairs.contains(pair)
    }
    if isComplete, found.pairs.isSubset(of: model.races), found.others.allSatisfy({ $0.hasPrefix("CT301") }) {
      return nil
    }
    return "expected \(needed.sorted()) of \(model.races.sorted()), found \(found)"
  }

  private static func isToldOnce(_ later: Int, in statements: [Statement]) -> Bool {
    if case .free = statements[later].meaning { return true }
    return statements[later].text.contains("cudaFreeAsync")
      || statements[..<later].contains(where: \.hasHabit)
  }

  /// Whether what is known to happen beyond what is promised may be why nothing is said of a pair: under the observed
  /// profile always; of a release under both, which then is not the one to blame.
  private static func mayBeHidden(
    _ pair: OrderModel.Pair, in statements: [Statement], _ profile: Profile
  ) -> Bool {
    if case .free = statements[pair.later].meaning {
      let text = statements[pair.earlier].text
      if profile == .observed || !(text.contains("Async(") || text.contains("<<<")) { return true }
    } else if profile == .doc {
      return false
    }
    return statements[..<pair.later].contains(where: \.hasHabit)
  }
}
