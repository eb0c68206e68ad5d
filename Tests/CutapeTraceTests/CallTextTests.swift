/// Calls, numbers and strings as people read them.

import CutapeTrace
import CutapeWire
import Testing

@Suite("Call text")
struct CallTextTests {
  @Test(
    "times keep three digits",
    arguments: [
      (0, "0 ns"), (999, "999 ns"), (1000, "1.00 us"), (1234, "1.23 us"), (12_345, "12.3 us"),
      (123_456, "123 us"),
      (999_499, "999 us"), (999_500, "1.00 ms"), (9_994, "9.99 us"), (9_995, "10.0 us"), (99_949, "99.9 us"),
      (99_950, "100 us"), (1_000_000, "1.00 ms"), (999_999, "1.00 ms"), (1_500_000_000, "1.50 s"),
      (12_000_000_000_000, "12000 s"), (-1234, "-1.23 us"), (.max, "9223372037 s"), (.min, "-9223372037 s"),
    ] as [(Int64, String)])
  func time(nanoseconds: Int64, text: String) {
    #expect(Units.time(nanoseconds) == text)
  }

  @Test(
    "sizes lose no byte",
    arguments: [
      (0, "0"), (1023, "1023"), (1024, "1 KiB"), (1025, "1025"), (65536, "64 KiB"), (3 << 20, "3 MiB"),
      ((1 << 20) + 1024, "1025 KiB"),
    ] as [(UInt64, String)])
  func size(bytes: UInt64, text: String) {
    #expect(Units.exactSize(bytes) == text)
  }

  @Test("moments have nine digits behind the point")
  func moment() {
    #expect(Units.moment(12_000_345_678) == "12.000345678")
    #expect(Units.moment(-5) == "-0.000000005")
    #expect(Units.moment(.min) == "-9223372036.854775808")
  }

  @Test(
    "nothing in a string moves the cursor or hides text",
    arguments: [
      ("plain Text_1", "plain Text_1"), ("größe", "größe"), ("a\nb\tc\r", "a\\nb\\tc\\r"),
      ("\u{1b}[31m", "\\u{1b}[31m"),
      ("a\\b", "a\\\\b"), ("\u{202e}evil", "\\u{202e}evil"),
      ("\u{9b}x\u{7f}\u{2028}", "\\u{9b}x\\u{7f}\\u{2028}"),
    ])
  func escaped(text: String, expected: String) {
    #expect(text.escaped == expected)
  }

  @Test("a copy")
  func copy() throws {
    #expect(
      try text("cudaMemcpyAsync", [0x1000, 0x2000, 4096, 1, 0x77], variant: .ptsz)
        == "cudaMemcpyAsync_ptsz(dst=0x1000, src=0x2000, count=4 KiB, kind=H2D, stream=0x77)")
    #expect(
      try text("cudaMemcpyAsync", [0, 0x2000, 3, 0xffff_ffff, 1])
        == "cudaMemcpyAsync(dst=null, src=0x2000, count=3, kind=-1, stream=cudaStreamLegacy)")
  }

  @Test("a result that the call did not give is the address where it was wanted")
  func results() throws {
    #expect(try text("cudaMalloc", [0x1000, 10]) == "cudaMalloc(devPtr=0x1000, size=10)")
    #expect(try text("cudaMalloc", [0x7ff0, 10], result: 2) == "cudaMalloc(devPtr=&0x7ff0, size=10)")
    #expect(
      try text("cudaMallocPitch", [0x1000, 512, 500, 4])
        == "cudaMallocPitch(devPtr=0x1000, pitch=512, width=500, height=4)")
  }

  @Test("a launch lists its pointers, a batch its copies, a registration its name")
  func tails() throws {
    let fixed: [UInt64] = [0x5000, 2, 1, 1, 256, 1, 1, 0, 0]
    #expect(
      try text("cudaLaunchKernel", fixed + [2], tail: [0x001, 0xa0, 0x200, 0xb0])
        .hasSuffix("stream=0, args=[0: const 0xa0, 2: 0xb0])"))
    #expect(try text("cudaLaunchKernel", fixed + [.max]).hasSuffix("args=?)"))
    #expect(
      try text("cudaMemcpyBatchAsync", [0x77, 1], tail: [0xa, 0xb, 2048, 1]).hasSuffix(
        "copies=[0xa <- 0xb: 2 KiB])"))
    #expect(
      try text("__cudaRegisterFunction", [1, 2, 3], tail: [UInt64](text: "k\u{1b}"))
        == "__cudaRegisterFunction(fatCubinHandle=0x1, hostFun=0x2, deviceName=\"k\\u{1b}\\u{0}\")")
  }

  @Test("every function of the table prints, with as many arguments as it has fields")
  func everyFunction() {
    for function in ApiTable.functions.all {
      let event = Event(
        number: 1, function: function.id, arguments: Arguments(function.fields.map { _ in UInt64.max }))
      let text = CallText.call(event, function)
      #expect(text.hasPrefix(function.name + "("))
      #expect(text.split(separator: "=").count == function.fields.count + 1)
    }
  }

  @Test("modes and states of capture have names")
  func capture() throws {
    #expect(
      try text("cudaStreamBeginCapture", [0x77, 2]) == "cudaStreamBeginCapture(stream=0x77, mode=relaxed)")
    for (status, name) in [(0, "none"), (1, "active"), (2, "invalidated"), (7, "7")] as [(UInt64, String)] {
      #expect(
        try text("cuStreamIsCapturing", [0x77, status])
          == "cuStreamIsCapturing(hStream=0x77, captureStatus=\(name))")
    }
    #expect(
      try text("cuStreamIsCapturing", [0x77, 0x7ff0], result: 1)
        == "cuStreamIsCapturing(hStream=0x77, captureStatus=&0x7ff0)")
  }

  @Test("what a call returned")
  func returned() throws {
    let copy = try #require(ApiTable.functions.named("cudaMemcpy"))
    let register = try #require(ApiTable.functions.named("__cudaRegisterFunction"))
    func event(_ result: Int32, _ duration: Int64? = 0) -> Event {
      Event(number: 1, function: 1, duration: duration, result: result)
    }
    #expect(CallText.result(event(0), copy) == "cudaSuccess")
    #expect(CallText.result(event(1), copy) == "cudaErrorInvalidValue (1)")
    #expect(CallText.result(event(12345), copy) == "error 12345")
    #expect(CallText.result(event(0, nil), copy) == "<in flight>")
    #expect(CallText.result(event(0), register) == "")
  }

  private func text(
    _ name: String, _ arguments: [UInt64], tail: [UInt64] = [], variant: Variant = .plain, result: Int32 = 0
  ) throws -> String {
    let function = try #require(ApiTable.functions.named(name))
    return CallText.call(
      Event(
        number: 1, function: function.id, variant: variant, result: result, arguments: Arguments(arguments),
        tail: tail), function)
  }
}
