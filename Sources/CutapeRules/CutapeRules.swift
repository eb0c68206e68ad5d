// CutapeRules
