/// The rules, by code. A rule that is not here does not exist.
package enum Catalogue {
  package static let rules: [any Rule.Type] = [
    OverlappingCopy.self,  // CT101
    OverlappingStridedCopy.self,  // CT102
    SelfCopy.self,  // CT103
    DependentBatchCopies.self,  // CT104
    UnknownKind.self,  // CT105
    MismatchedKind.self,  // CT106
    CopyOutsideAllocation.self,  // CT107
    CopyAcrossAllocations.self,  // CT108
    HalfRegisteredRange.self,  // CT109
    ImpossiblePitch.self,  // CT110
    NullCopy.self,  // CT111
    UnknownDevicePointer.self,  // CT112
    UseAfterFree.self,  // CT201
    UseAfterAsyncFree.self,  // CT202
    UseBeforeAsyncAlloc.self,  // CT203
    DoubleFree.self,  // CT204
    WrongFree.self,  // CT205
    FreeInFlight.self,  // CT206
    StackBufferInFlight.self,  // CT207
    DestroyedHandle.self,  // CT208
    Leak.self,  // CT209
    UninitializedRead.self,  // CT301
    DiscardedRead.self,  // CT302
    UnorderedCopies.self,  // CT401
    NonblockingGap.self,  // CT402
    SyncUploadThenNonblocking.self,  // CT403
    AssumedSynchronous.self,  // CT404
    HostWriteInFlight.self,  // CT405
    HostReadInFlight.self,  // CT406
    PageableCopyReliance.self,  // CT407
    WaitOnUnrecordedEvent.self,  // CT408
    StaleEvent.self,  // CT409
    RerecordedEvent.self,  // CT410
    CallInHostFunction.self,  // CT411
    MixedDefaultStreams.self,  // CT412
    BatchSourceOrder.self,  // CT413
    IllegalDuringCapture.self,  // CT501
    CapturedPageableCopy.self,  // CT502
    GraphOutlivesMemory.self,  // CT503
    RetargetedNode.self,  // CT504
    UnorderedGraph.self,  // CT505
    ForeignStreamEvent.self,  // CT506
    StagedPeerCopy.self,  // CT507
    WrongPeerDevice.self,  // CT508
    UseAfterDeviceReset.self,  // CT509
    IgnoredError.self,  // CT601
    LateError.self,  // CT602
    DivergingResult.self,  // CT603
    PageableAsyncCopy.self,  // CT901
    BlockingCopy.self,  // CT902
    BlockingMemset.self,  // CT903
    RedundantTransfer.self,  // CT904
    PingPong.self,  // CT905
    ManySmallCopies.self,  // CT906
    OverSynchronization.self,  // CT907
    LegacyStreamSerializes.self,  // CT908
    PoorPitch.self,  // CT909
    AllocationChurn.self,  // CT910
    DeadCopy.self,  // CT911
  ]

  /// The rule with `name`: a code or a name, in any case; nil when there is none.
  package static func rule(_ name: String) -> (any Rule.Type)? {
    rules.first { $0.page.code == name.uppercased() || $0.page.name == name.lowercased() }
  }
}
