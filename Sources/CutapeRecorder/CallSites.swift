/// From return addresses to call sites: which loaded object an address lies in, and where in its file.
///
/// An object can be unloaded and another one loaded in its place, so an address means a site only until an object
/// is reported that covers it.

package import CutapeTrace
package import CutapeWire

/// The objects of the program that call CUDA, and the call sites in them.
package struct CallSites: Sendable {
  /// One object, as the preload library reported it.
  package struct Module: Sendable, Hashable {
    package var path: String
    package var loadBias: Address
    package var end: Address
    package var build: String?
  }

  /// A site with what symbolising needs.
  package struct Site: Sendable, Hashable {
    package var key: Int
    package var returnAddress: Address
    /// An index of ``CallSites/modules``; nil when no reported object covers the address.
    package var module: Int?
  }

  package private(set) var modules: [Module] = []
  package private(set) var sites: [Site] = []
  /// Modules now loaded, by increasing load bias.
  private var loaded: [Int] = []
  private var keys: [Address: Int] = [:]
  /// What relative paths of objects start from.
  package var workingDirectory: String

  /// - Parameter workingDirectory: what relative paths of objects start from.
  package init(workingDirectory: String) {
    self.workingDirectory = workingDirectory
  }

  /// Takes note of an object. Returns whether it is a new one.
  package mutating func add(_ module: ShimModule) -> Bool {
    guard module.loadBias < module.end else { return false }
    let path = module.path.hasPrefix("/") ? module.path : "\(workingDirectory)/\(module.path)"
    let new = Module(path: path, loadBias: module.loadBias, end: module.end, build: module.build)
    if loaded.contains(where: { modules[$0] == new }) { return false }
    modules.append(new)
    loaded.removeAll { modules[$0].loadBias < new.end && new.loadBias < modules[$0].end }
    let position = loaded.firstIndex { modules[$0].loadBias > new.loadBias } ?? loaded.count
    loaded.insert(modules.count - 1, at: position)
    keys = keys.filter { $0.key < new.loadBias || $0.key >= new.end }
    return true
  }

  /// Whether a reported object covers `address`.
  package func covers(_ address: Address) -> Bool {
    loaded.contains { modules[$0].loadBias <= address && address < modules[$0].end }
  }

  /// The key of the site that returns to `address`, and the site itself when it is seen for the first time.
  package mutating func key(for address: Address) -> (key: Int, new: CallSite?) {
    if let key = keys[address] { return (key, nil) }
    let key = sites.count + 1
    keys[address] = key
    let module = loaded.last { modules[$0].loadBias <= address && address < modules[$0].end }
    sites.append(Site(key: key, returnAddress: address, module: module))
    guard let module else { return (key, CallSite(address: address, module: "?", offset: address)) }
    let found = modules[module]
    return (key, CallSite(address: address, module: found.path, offset: address - found.loadBias))
  }
}
