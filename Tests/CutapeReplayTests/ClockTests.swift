import Testing

@testable import CutapeReplay

struct ClockTests {
  @Test("A clock knows the operations up to the one that it learned")
  func learns() {
    var clock = Clock()
    clock.learn(Epoch(slot: 3, count: 5))
    #expect(clock.knows(Epoch(slot: 3, count: 5)))
    #expect(!clock.knows(Epoch(slot: 3, count: 6)))
    #expect(!clock.knows(Epoch(slot: 9, count: 1)))
  }

  @Test("A join takes the greater of each component, and says whether it gained")
  func joins() {
    var left = Clock()
    left.learn(Epoch(slot: 0, count: 4))
    var right = Clock()
    right.learn(Epoch(slot: 0, count: 2))
    right.learn(Epoch(slot: 1, count: 7))
    #expect(left.join(right) == true)
    #expect(left[0] == 4)
    #expect(left[1] == 7)
    #expect(left.join(right) == false)
  }
}
