// CutapeRecorder
