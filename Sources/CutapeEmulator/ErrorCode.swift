/// The values of `cudaError_t` that the emulator gives, and those of `CUresult` that only the driver has.
///
/// Plain numbers rather than an enum: a trace may hold any number.
package enum ErrorCode {
  package static let success: Int32 = 0
  package static let invalidValue: Int32 = 1
  package static let memoryAllocation: Int32 = 2
  package static let notInitialized: Int32 = 3
  package static let unloading: Int32 = 4
  package static let invalidConfiguration: Int32 = 9
  package static let invalidPitchValue: Int32 = 12
  package static let invalidSymbol: Int32 = 13
  package static let invalidMemcpyDirection: Int32 = 21
  package static let invalidDeviceFunction: Int32 = 98
  package static let invalidDevice: Int32 = 101
  package static let invalidContext: Int32 = 201
  package static let invalidResourceHandle: Int32 = 400
  package static let illegalState: Int32 = 401
  package static let notReady: Int32 = 600
  package static let peerAccessAlreadyEnabled: Int32 = 704
  package static let peerAccessNotEnabled: Int32 = 705
  package static let contextIsDestroyed: Int32 = 709
  package static let hostMemoryAlreadyRegistered: Int32 = 712
  package static let hostMemoryNotRegistered: Int32 = 713
  package static let notPermitted: Int32 = 800
  package static let notSupported: Int32 = 801
  package static let streamCaptureUnsupported: Int32 = 900
  package static let streamCaptureInvalidated: Int32 = 901
  package static let streamCaptureMerge: Int32 = 902
  package static let streamCaptureUnmatched: Int32 = 903
  package static let streamCaptureUnjoined: Int32 = 904
  package static let streamCaptureIsolation: Int32 = 905
  package static let streamCaptureImplicit: Int32 = 906
  package static let capturedEvent: Int32 = 907
  package static let streamCaptureWrongThread: Int32 = 908
  package static let graphExecUpdateFailure: Int32 = 910

  /// The `CUresult` of what the runtime calls `code`: the same number, but for errors that the driver tells less apart.
  package static func ofDriver(_ code: Int32) -> Int32 {
    switch code {
    case invalidConfiguration, invalidPitchValue, invalidMemcpyDirection: invalidValue
    case invalidDeviceFunction: invalidResourceHandle
    case invalidSymbol: 500  // CUDA_ERROR_NOT_FOUND
    default: code
    }
  }

  /// Whether `code` speaks of the machine or the process and not of the call: there is no device or no memory left, the
  /// driver does not fit or its service is down, the process ends or was forked.
  package static func isOfSurroundings(_ code: Int32) -> Bool {
    switch code {
    case memoryAllocation, notInitialized, unloading, 34, 35, 36, 46, 100, 304, 802...807: true
    default: false
    }
  }

  /// Whether `code` says that a call and a capture do not go together.
  package static func isOfCapture(_ code: Int32) -> Bool { (900...908).contains(code) }

  /// Whether `code` reports an error of earlier device work, which any later call may give: the sticky errors of
  /// a context (the runtime API reference names them at `cudaError_t`).
  package static func isDeferred(_ code: Int32) -> Bool {
    switch code {
    case 226, 700, 702, 710, 714...719, 721, 911: true
    default: false
    }
  }
}
