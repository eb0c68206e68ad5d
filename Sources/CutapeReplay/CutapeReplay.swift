// CutapeReplay
