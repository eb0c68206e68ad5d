// CutapeStore
