import CutapeReplay
import CutapeTestSupport
import CutapeTrace
import Testing

/// One step is used for all calls.
struct StepTests {
  @Test("Nothing of a call is left in the step of the next one")
  func nothingIsLeft() throws {
    let text = """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreateWithFlags(1)
      s2 = cudaStreamCreateWithFlags(1)
      e1 = cudaEventCreate()
      fill<<<s2>>>(d1)
      cudaStreamWaitEvent(s2, e1, 0)
      cudaMemcpyAsync(d1, h1, 64, H2D, s1)
      cudaMemcpyAsync(h1, d1, 4096, D2H, s2)
      cudaFree(d1)
      """
    let replay = Replay(functions: TraceText.functions)
    for event in try TraceText(text).events { replay.follow(event) }
    #expect(replay.step.released != nil && !replay.step.conflicts.isEmpty)
    // A function that the table does not have: nothing is known of the call.
    let unknown = Event(number: 100, function: .max)
    replay.follow(unknown)
    let fresh = Replay(functions: TraceText.functions)
    fresh.follow(unknown)
    let pairs = zip(Mirror(reflecting: replay.step).children, Mirror(reflecting: fresh.step).children)
    for (used, new) in pairs {
      #expect("\(used.value)" == "\(new.value)", "\(used.label ?? "")")
    }
  }
}
