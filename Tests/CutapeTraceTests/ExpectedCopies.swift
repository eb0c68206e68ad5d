/// What every copy and memset function decodes to, written out by hand from the parameters in the CUDA headers.

import CutapeTrace

let copyOperations: [String: @Sendable (Words) -> Operation] = [
  "cudaMemcpy": { .copy(copy($0, .linear($0["dst"]), .linear($0["src"]), bytes($0), isAsync: false)) },
  "cudaMemcpyAsync": { .copy(copy($0, .linear($0["dst"]), .linear($0["src"]), bytes($0))) },
  "cudaMemcpy2D": { .copy(copy($0, destinationRows($0), sourceRows($0), rectangle($0), isAsync: false)) },
  "cudaMemcpy2DAsync": { .copy(copy($0, destinationRows($0), sourceRows($0), rectangle($0))) },
  "cudaMemcpy3D": { .copy(copy($0, destinationArray3D($0), sourceArray3D($0), box($0), isAsync: false)) },
  "cudaMemcpy3DAsync": { .copy(copy($0, destinationArray3D($0), sourceArray3D($0), box($0))) },
  "cudaMemcpyPeer": {
    .copy(
      copy(
        $0, .linear($0["dst"]), .linear($0["src"]), bytes($0), hasKind: false, isAsync: false,
        peers: peers($0)))
  },
  "cudaMemcpyPeerAsync": {
    .copy(copy($0, .linear($0["dst"]), .linear($0["src"]), bytes($0), hasKind: false, peers: peers($0)))
  },
  "cudaMemcpy3DPeer": {
    .copy(
      copy(
        $0, destinationArray3D($0), sourceArray3D($0), box($0), hasKind: false, isAsync: false,
        peers: peers($0)))
  },
  "cudaMemcpy3DPeerAsync": {
    .copy(
      copy($0, destinationArray3D($0), sourceArray3D($0), box($0), hasKind: false, peers: peers($0)))
  },
  "cudaMemcpyToSymbol": { .copy(copy($0, symbol($0), .linear($0["src"]), bytes($0), isAsync: false)) },
  "cudaMemcpyToSymbolAsync": { .copy(copy($0, symbol($0), .linear($0["src"]), bytes($0))) },
  "cudaMemcpyFromSymbol": { .copy(copy($0, .linear($0["dst"]), symbol($0), bytes($0), isAsync: false)) },
  "cudaMemcpyFromSymbolAsync": { .copy(copy($0, .linear($0["dst"]), symbol($0), bytes($0))) },
  "cudaMemcpyToArray": {
    .copy(copy($0, array($0, "dst", ""), .linear($0["src"]), bytes($0), isAsync: false))
  },
  "cudaMemcpyToArrayAsync": { .copy(copy($0, array($0, "dst", ""), .linear($0["src"]), bytes($0))) },
  "cudaMemcpyFromArray": {
    .copy(copy($0, .linear($0["dst"]), array($0, "src", ""), bytes($0), isAsync: false))
  },
  "cudaMemcpyFromArrayAsync": { .copy(copy($0, .linear($0["dst"]), array($0, "src", ""), bytes($0))) },
  "cudaMemcpyArrayToArray": {
    .copy(copy($0, array($0, "dst", "Dst"), array($0, "src", "Src"), bytes($0), isAsync: false))
  },
  "cudaMemcpy2DToArray": {
    .copy(copy($0, array($0, "dst", ""), sourceRows($0), rectangle($0), isAsync: false))
  },
  "cudaMemcpy2DToArrayAsync": { .copy(copy($0, array($0, "dst", ""), sourceRows($0), rectangle($0))) },
  "cudaMemcpy2DFromArray": {
    .copy(copy($0, destinationRows($0), array($0, "src", ""), rectangle($0), isAsync: false))
  },
  "cudaMemcpy2DFromArrayAsync": {
    .copy(copy($0, destinationRows($0), array($0, "src", ""), rectangle($0)))
  },
  "cudaMemcpy2DArrayToArray": {
    .copy(copy($0, array($0, "dst", "Dst"), array($0, "src", "Src"), rectangle($0), isAsync: false))
  },
  "cudaMemcpyBatchAsync": {
    // The items are 0x101, 0x201 ... 0x801: destination, source, size, access order, twice.
    .copyBatch(
      [
        Copy(
          destination: .linear(0x101), source: .linear(0x201), extent: .init(width: 0x301), kind: nil,
          stream: $0.stream(), isAsync: true, sourceAccessOrder: 0x401),
        Copy(
          destination: .linear(0x501), source: .linear(0x601), extent: .init(width: 0x701), kind: nil,
          stream: $0.stream(), isAsync: true, sourceAccessOrder: 0x801),
      ], stream: $0.stream())
  },
  "cudaMemcpy3DBatchAsync": {
    // The items are 0x101, 0x201 ... 0x1c01. No operand is of a type that exists.
    .copyBatch(
      [
        batch3D(0x201, 0x701, [0xb01, 0xc01, 0xd01], 0xe01, $0),
        batch3D(0x1001, 0x1501, [0x1901, 0x1a01, 0x1b01], 0x1c01, $0),
      ],
      stream: $0.stream())
  },
  "cudaMemset": { .fill(fill($0, .linear($0["devPtr"]), bytes($0), isAsync: false)) },
  "cudaMemsetAsync": { .fill(fill($0, .linear($0["devPtr"]), bytes($0))) },
  "cudaMemset2D": {
    .fill(
      fill($0, .pitched($0["devPtr"], pitch: $0["pitch"], sliceHeight: 0), rectangle($0), isAsync: false))
  },
  "cudaMemset2DAsync": {
    .fill(fill($0, .pitched($0["devPtr"], pitch: $0["pitch"], sliceHeight: 0), rectangle($0)))
  },
  "cudaMemset3D": {
    .fill(
      fill($0, .pitched($0["ptr"], pitch: $0["pitch"], sliceHeight: $0["ysize"]), box($0), isAsync: false))
  },
  "cudaMemset3DAsync": {
    .fill(fill($0, .pitched($0["ptr"], pitch: $0["pitch"], sliceHeight: $0["ysize"]), box($0)))
  },
]

func copy(
  _ words: Words, _ destination: Copy.Place, _ source: Copy.Place, _ extent: Copy.Extent,
  hasKind: Bool = true,
  isAsync: Bool = true, peers: Copy.Peers? = nil
) -> Copy {
  Copy(
    destination: destination, source: source, extent: extent, kind: hasKind ? words.int("kind") : nil,
    stream: isAsync ? words.stream() : .legacy, isAsync: isAsync, peers: peers)
}

private func batch3D(
  _ destination: UInt64, _ source: UInt64, _ extent: [UInt64], _ order: Int32, _ words: Words
) -> Copy {
  Copy(
    destination: .unusable(destination), source: .unusable(source),
    extent: .init(width: extent[0], height: extent[1], depth: extent[2], dimensions: 3), kind: nil,
    stream: words.stream(), isAsync: true, sourceAccessOrder: order)
}

private func fill(
  _ words: Words, _ destination: Copy.Place, _ extent: Copy.Extent, isAsync: Bool = true
) -> Fill {
  Fill(
    destination: destination, extent: extent, value: words.unsigned("value") & 0xff,
    stream: isAsync ? words.stream() : .legacy, isAsync: isAsync)
}

func bytes(_ words: Words) -> Copy.Extent { Copy.Extent(width: words["count"]) }

private func rectangle(_ words: Words) -> Copy.Extent {
  Copy.Extent(width: words["width"], height: words["height"], dimensions: 2)
}

func box(_ words: Words) -> Copy.Extent {
  Copy.Extent(width: words["width"], height: words["height"], depth: words["depth"], dimensions: 3)
}

private func destinationRows(_ words: Words) -> Copy.Place {
  .pitched(words["dst"], pitch: words["dpitch"], sliceHeight: 0)
}

private func sourceRows(_ words: Words) -> Copy.Place {
  .pitched(words["src"], pitch: words["spitch"], sliceHeight: 0)
}

/// The offsets of the array functions are in bytes.
private func array(_ words: Words, _ name: String, _ suffix: String) -> Copy.Place {
  .array(
    words[name], x: words["wOffset" + suffix], y: words["hOffset" + suffix], z: 0, xInBytes: true)
}

/// With every field set there is an array and a pointer, which no copy takes.
func destinationArray3D(_ words: Words) -> Copy.Place { .unusable(words["dstPtr"]) }

func sourceArray3D(_ words: Words) -> Copy.Place { .unusable(words["srcPtr"]) }

func symbol(_ words: Words) -> Copy.Place { .symbol(words["symbol"], offset: words["offset"]) }

private func peers(_ words: Words) -> Copy.Peers {
  Copy.Peers(destination: words.int("dstDevice"), source: words.int("srcDevice"))
}
