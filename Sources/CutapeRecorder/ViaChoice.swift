/// How cutape gets between a program and CUDA, as it was asked to: see ``Coverage/Via``.

private import Glibc

/// What `record --via` may be.
package enum ViaChoice: String, Sendable, Hashable, CaseIterable {
  case auto, preload, audit

  /// Why the recording is done as it is, a clause for `info`.
  var reason: String {
    switch self {
    case .auto:
      "chosen by auto, since it costs nothing; what an object opened with RTLD_DEEPBIND calls is missed"
    case .preload, .audit: "asked for"
    }
  }

  /// Throws where it cannot be done.
  ///
  /// Before glibc 2.35 a dynamic linker with an auditor sends every call through a PLT on a detour, and does not ask about
  /// what is bound at once: a program would be slowed, and cutape would see less.
  func check() throws(StartFailure) {
    guard self == .audit else { return }
    var text = [CChar](repeating: 0, count: 64)
    confstr(Int32(_CS_GNU_LIBC_VERSION), &text, text.count)
    let version = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let parts = version.split { $0 == " " || $0 == "." }.compactMap { Int($0) }
    guard parts.count >= 2, (parts[0], parts[1]) < (2, 35) else { return }
    throw StartFailure(
      description: "cannot record via an auditor: it needs glibc 2.35 or later, and this is \(version)",
      exitStatus: 125)
  }
}
