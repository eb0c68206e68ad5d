/// The API table maps to Swift.

import CutapeTrace
import CutapeWire
import Testing

@Suite("API table")
struct ApiTableTests {
  @Test("every row has an effect and roles that Swift knows, and an id of its own")
  func rows() {
    // Building the rows stops at an unknown name.
    let ids = ApiTable.rows.map(\.function.id)
    #expect(Set(ids).count == ids.count)
    #expect(ApiTable.functions.named("cudaMemcpyAsync")?.effect == .copy)
  }

  @Test("a row has at most one string or list, and it is the last of its fields")
  func tails() {
    for row in ApiTable.rows {
      let roles = row.function.fields.map(\.role)
      let tails = roles.indices.filter { roles[$0] == .text || roles[$0] == .items }
      #expect(tails.count <= 1, "\(row.function.name)")
    }
  }
}
