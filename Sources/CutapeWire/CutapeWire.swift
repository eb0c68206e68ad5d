// CutapeWire
