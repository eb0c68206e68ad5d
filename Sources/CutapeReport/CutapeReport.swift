// CutapeReport
