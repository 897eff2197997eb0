package lint

// pace is what the capture's own commands took, against which others are slow.
type pace struct{}
