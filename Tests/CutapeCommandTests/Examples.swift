/// One call that the tests of the commands print and filter.

import CutapeTrace

let exampleFunction = Function(
  id: 41, name: "cudaMemcpyAsync", effect: .copy,
  fields: [
    .init(name: "dst", role: .destination), .init(name: "src", role: .source),
    .init(name: "count", role: .bytes),
    .init(name: "kind", role: .kind), .init(name: "stream", role: .stream),
  ])

let exampleCall = Event(
  number: 5, function: 41, variant: .ptsz, major: 13, thread: 2, site: 1, begin: 1_000_002, duration: 1500,
  arguments: [0x1000, 0x2000, 4096, 1, 0x77])

let exampleTrace = Trace(
  functions: FunctionTable([exampleFunction]),
  threads: [RecordedThread(number: 2, systemID: 10, name: "io\u{1b}[31m")],
  sites: [
    1: CallSite(
      address: 0x55, module: "/bin/p", offset: 0x54, function: "Loader::fetch(int, \u{202e}char)",
      file: "/src/loader.cpp", line: 88)
  ])
